import { join } from 'node:path'
import { errorMessage } from '../../../src/error/error-text.js'
import type { RecordedVideo, Recording } from '../../../src/device/driver/recording-capability.js'
import type { Readable } from 'node:stream'
import type { AdbPhone } from '../adb/adb-phone.js'
import { H264Parser, type VideoFrame } from './h264-parser.js'
import { writeVideos, VideoSegment } from './video-segment.js'

export interface VideoLimits {
  /** Seconds of one segment; screenrecord allows 180. */
  segmentSeconds: number
  /** Target of the phone's encoder, in bits per second. */
  bitRate: number
  /** Segments that are older, or beyond `maxBytes`, are dropped. */
  maxMs: number
  maxBytes: number
}

export const videoLimits: VideoLimits = {
  segmentSeconds: 180,
  bitRate: 2_000_000,
  maxMs: 20 * 60_000,
  maxBytes: 64 * 1024 * 1024,
}

/** A screenrecord that ends sooner by itself is not started again. Milliseconds. */
const minRunMs = 500
/** A frame is sent at once and as a whole: after this silence, the last one is complete. Milliseconds. */
const quietMs = 250
/** How long screenrecord may take to end after its signal. Milliseconds. */
const stopTimeoutMs = 2_000

/**
 * One recording of a phone's screen. screenrecord prints H.264 while it encodes, so that each frame is on this machine's disk a
 * moment later: no file is left on the phone, none has to be fetched when the module ends, and a phone that leaves takes nothing
 * with it. screenrecord ends every three minutes and is started again.
 */
export class ScreenRecording implements Recording {
  /** Resolves when nothing of the recording still runs on the phone. */
  readonly ended: Promise<void>
  readonly #stop = new AbortController()
  #segments: VideoSegment[] = []
  #current: VideoSegment | undefined
  #opened = 0
  #problem: string | undefined

  /** @param after - the previous recording's end: some phones encode only one video at a time */
  constructor(
    private readonly phone: AdbPhone,
    private readonly directory: string,
    private readonly limits: VideoLimits,
    after: Promise<void>,
  ) {
    this.ended = this.#record(after)
  }

  async stop(): Promise<RecordedVideo> {
    this.#stop.abort()
    await this.ended
    const name = (number: number): string => join(this.directory, number === 1 ? 'video.mp4' : `video-${number}.mp4`)
    const files = await writeVideos(this.#segments, name)
    if (files.length > 0) return { files }
    return { files, reason: this.#problem ?? 'it ended before the first frame arrived' }
  }

  async discard(): Promise<void> {
    this.#stop.abort()
    await this.ended
  }

  async #record(after: Promise<void>): Promise<void> {
    await after
    try {
      while (!this.#stop.signal.aborted && (await this.#recordOnce()));
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#problem = errorMessage(error)
    } finally {
      await this.#closeSegment().catch(() => {})
    }
  }

  /** Runs screenrecord once. @returns whether to run it again */
  async #recordOnce(): Promise<boolean> {
    const { segmentSeconds, bitRate } = this.limits
    const startedAt = performance.now()
    const parser = new H264Parser()
    const connection = new AbortController()
    // Prints its process id first: somebody else may be recording on the same phone.
    const command = `screenrecord --output-format=h264 --bit-rate ${bitRate} --time-limit ${segmentSeconds} -`
    const stop = new ScreenrecordStop(this.phone, parser, connection)
    this.#stop.signal.addEventListener('abort', stop.begin, { once: true })
    const before = this.#opened
    try {
      const output = await this.phone.openExec(`echo $$; exec ${command}`, connection.signal)
      await this.#read(output, parser, stop)
    } finally {
      this.#stop.signal.removeEventListener('abort', stop.begin)
      stop.done()
      connection.abort()
      await this.#closeSegment()
    }
    if (this.#opened === before) this.#problem ??= problemOf(parser.preamble, this.#stop.signal.aborted)
    const isAlive = this.#opened > before && performance.now() - startedAt > minRunMs
    return isAlive && this.phone.server.state(this.phone.udid) === 'device'
  }

  async #read(output: Readable, parser: H264Parser, stop: ScreenrecordStop): Promise<void> {
    let receivedAt = performance.now()
    let isComplete = false
    try {
      for await (const chunk of output as AsyncIterable<Buffer>) {
        receivedAt = performance.now()
        await this.#add(parser.parse(chunk, receivedAt), stop)
      }
      // A phone that is unplugged ends its streams too, perhaps in the middle of a frame.
      isComplete = stop.isRequested
    } catch {
      // What was received is kept.
    }
    await this.#add(parser.end(isComplete || performance.now() - receivedAt > quietMs), stop)
  }

  async #add(frames: readonly VideoFrame[], stop: ScreenrecordStop): Promise<void> {
    for (const frame of frames) {
      if (this.#current && this.#current.format !== frame.format) await this.#closeSegment()
      this.#current ??= await this.#openSegment(frame)
      await this.#current.add(frame)
      // At half the limit, so that at least half of it is kept when the previous segment is dropped.
      if (this.#current.bytes * 2 > this.limits.maxBytes) stop.begin()
    }
  }

  async #openSegment({ format }: VideoFrame): Promise<VideoSegment> {
    this.#opened += 1
    const segment = await VideoSegment.open(join(this.directory, `segment-${this.#opened}.h264`), format)
    this.#segments.push(segment)
    return segment
  }

  async #closeSegment(): Promise<void> {
    const segment = this.#current
    this.#current = undefined
    if (!segment) return
    await segment.close(performance.now())
    while (this.#segments.length > 1 && this.#exceedsLimits(segment.endMs)) await this.#segments.shift()?.remove()
  }

  #exceedsLimits(nowMs: number): boolean {
    const [first] = this.#segments
    const bytes = this.#segments.reduce((sum, segment) => sum + segment.bytes, 0)
    return bytes > this.limits.maxBytes || (first !== undefined && nowMs - first.startMs > this.limits.maxMs)
  }
}

/** Ends one screenrecord: by SIGINT, and if that does not help, by closing its output. */
class ScreenrecordStop {
  #deadline: NodeJS.Timeout | undefined

  constructor(
    private readonly phone: AdbPhone,
    private readonly parser: H264Parser,
    private readonly connection: AbortController,
  ) {}

  get isRequested(): boolean {
    return this.#deadline !== undefined
  }

  readonly begin = (): void => {
    if (this.#deadline || this.connection.signal.aborted) return
    this.#deadline = setTimeout(() => this.connection.abort(), stopTimeoutMs)
    const pid = /^\d+/.exec(this.parser.preamble)?.[0]
    if (pid === undefined) this.connection.abort()
    else void this.phone.shell(`kill -2 ${pid}`, stopTimeoutMs).catch(() => {})
  }

  done(): void {
    clearTimeout(this.#deadline)
  }
}

/** What screenrecord printed instead of a video, without its process id. */
function problemOf(preamble: string, wasStopped: boolean): string | undefined {
  const message = preamble.replace(/^\d+\s*/, '').trim()
  if (message !== '') return `screenrecord: ${message.split('\n').slice(-3).join('; ').slice(0, 500)}`
  return wasStopped ? undefined : 'screenrecord ended without a frame'
}
