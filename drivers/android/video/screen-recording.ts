import { join } from 'node:path'
import { errorMessage } from '../../../src/error/error-text.js'
import type { RecordedVideo, Recording } from '../../../src/device/driver/recording-capability.js'
import type { Readable } from 'node:stream'
import type { AdbPhone } from '../adb/adb-phone.js'
import { H264Parser, type VideoFrame } from './h264-parser.js'
import { writeVideos, VideoSegment } from './video-segment.js'

export interface VideoLimits {
  /** Seconds of one piece; screenrecord allows 180. */
  segmentSeconds: number
  /** Bits a second that the phone's encoder aims at. */
  bitRate: number
  /** Of what is older than that, or than this many bytes ago, whole pieces are dropped. */
  maxMs: number
  maxBytes: number
}

export const videoLimits: VideoLimits = {
  segmentSeconds: 180,
  bitRate: 2_000_000,
  maxMs: 20 * 60_000,
  maxBytes: 64 * 1024 * 1024,
}

/** screenrecord that ends sooner than this by itself would end so again. Milliseconds. */
const minRunMs = 500
/** A picture is sent at once and as a whole: where nothing came for so long, the last one is all there. Milliseconds. */
const quietMs = 250
/** How long screenrecord may take to end once it was told to. Milliseconds. */
const stopTimeoutMs = 2_000

/**
 * One film of a phone's screen. screenrecord prints H.264 as it encodes it, so that every picture is on this machine's disk
 * a moment after it was on the screen: nothing is left on the phone, nothing has to be fetched when the module ends, and
 * what was filmed before the phone left is there. It ends by itself every three minutes, and is started anew.
 */
export class ScreenRecording implements Recording {
  /** Resolves when nothing of it runs on the phone any more. */
  readonly ended: Promise<void>
  readonly #stop = new AbortController()
  #segments: VideoSegment[] = []
  #current: VideoSegment | undefined
  #opened = 0
  #problem: string | undefined

  /** @param after - what has to end first: some phones encode one video at a time */
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
    return { files, reason: this.#problem ?? 'it ended before the first picture came' }
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

  /** One screenrecord, from its start to its end. @returns whether another one is to follow */
  async #recordOnce(): Promise<boolean> {
    const { segmentSeconds: pieceSeconds, bitRate } = this.limits
    const beganAt = performance.now()
    const reader = new H264Parser()
    const connection = new AbortController()
    // Its process id first: others may film on the same phone.
    const command = `screenrecord --output-format=h264 --bit-rate ${bitRate} --time-limit ${pieceSeconds} -`
    const ending = new ScreenrecordStop(this.phone, reader, connection)
    this.#stop.signal.addEventListener('abort', ending.begin, { once: true })
    const before = this.#opened
    try {
      const socket = await this.phone.openExec(`echo $$; exec ${command}`, connection.signal)
      await this.#read(socket, reader, ending)
    } finally {
      this.#stop.signal.removeEventListener('abort', ending.begin)
      ending.done()
      connection.abort()
      await this.#closeSegment()
    }
    if (this.#opened === before) this.#problem ??= problemOf(reader.preamble, this.#stop.signal.aborted)
    const isAlive = this.#opened > before && performance.now() - beganAt > minRunMs
    return isAlive && this.phone.server.state(this.phone.udid) === 'device'
  }

  async #read(socket: Readable, reader: H264Parser, ending: ScreenrecordStop): Promise<void> {
    let heardAt = performance.now()
    let isWhole = false
    try {
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        heardAt = performance.now()
        await this.#add(reader.parse(chunk, heardAt), ending)
      }
      // A phone that is unplugged ends its streams as well, in the middle of whatever it sends.
      isWhole = ending.begun
    } catch {
      // What came is what there is.
    }
    await this.#add(reader.end(isWhole || performance.now() - heardAt > quietMs), ending)
  }

  async #add(frames: readonly VideoFrame[], ending: ScreenrecordStop): Promise<void> {
    for (const frame of frames) {
      if (this.#current && this.#current.format !== frame.format) await this.#closeSegment()
      this.#current ??= await this.#openSegment(frame)
      await this.#current.add(frame)
      // Half of what may be kept: with the piece before it there is always more than that.
      if (this.#current.bytes * 2 > this.limits.maxBytes) ending.begin()
    }
  }

  async #openSegment({ format }: VideoFrame): Promise<VideoSegment> {
    this.#opened += 1
    const piece = await VideoSegment.open(join(this.directory, `piece-${this.#opened}.h264`), format)
    this.#segments.push(piece)
    return piece
  }

  async #closeSegment(): Promise<void> {
    const piece = this.#current
    this.#current = undefined
    if (!piece) return
    await piece.close(performance.now())
    while (this.#segments.length > 1 && this.#exceedsLimits(piece.endMs)) await this.#segments.shift()?.remove()
  }

  #exceedsLimits(nowMs: number): boolean {
    const [first] = this.#segments
    const bytes = this.#segments.reduce((sum, piece) => sum + piece.bytes, 0)
    return bytes > this.limits.maxBytes || (first !== undefined && nowMs - first.startMs > this.limits.maxMs)
  }
}

/** Ends one screenrecord: by the signal that it waits for, or, where that doesn't help, by closing what it prints to. */
class ScreenrecordStop {
  #deadline: NodeJS.Timeout | undefined

  constructor(
    private readonly phone: AdbPhone,
    private readonly reader: H264Parser,
    private readonly connection: AbortController,
  ) {}

  get begun(): boolean {
    return this.#deadline !== undefined
  }

  readonly begin = (): void => {
    if (this.#deadline || this.connection.signal.aborted) return
    this.#deadline = setTimeout(() => this.connection.abort(), stopTimeoutMs)
    const pid = /^\d+/.exec(this.reader.preamble)?.[0]
    if (pid === undefined) this.connection.abort()
    else void this.phone.shell(`kill -2 ${pid}`, stopTimeoutMs).catch(() => {})
  }

  done(): void {
    clearTimeout(this.#deadline)
  }
}

/** What screenrecord said instead of filming, without its process id. */
function problemOf(words: string, wasStopped: boolean): string | undefined {
  const said = words.replace(/^\d+\s*/, '').trim()
  if (said !== '') return `screenrecord: ${said.split('\n').slice(-3).join('; ').slice(0, 500)}`
  return wasStopped ? undefined : 'screenrecord ended without a picture'
}
