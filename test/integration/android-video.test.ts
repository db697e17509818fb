/** Recordings of simulated phones with real adb, played in a real browser. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { basename, join } from 'node:path'
import { AdbPhone } from '../../drivers/android/adb/adb-phone.js'
import { AdbServer } from '../../drivers/android/adb/adb-server.js'
import { H264Parser } from '../../drivers/android/video/h264-parser.js'
import { videoLimits, type ScreenRecording, type VideoLimits } from '../../drivers/android/video/screen-recording.js'
import { ScreenRecorder } from '../../drivers/android/video/screen-recorder.js'
import { writeVideos, VideoSegment } from '../../drivers/android/video/video-segment.js'
import { makeOwnedDirectory, type OwnedDirectory } from '../../src/process/owned-directory.js'
import type { PhoneClient } from '../phone/client.js'
import { startPhones, type Phones } from '../phone/start-phones.js'
import { encodePicture, pictureParameters, sequenceParameters } from '../phone/video/h264.js'
import { encodeVideo, playVideos } from '../support/browser-videos.js'
import { eventually } from './process/alive.js'

/** An unchanged screen gives one frame per segment. One second is screenrecord's minimum. */
const short: VideoLimits = { ...videoLimits, segmentSeconds: 1 }

describe('videos of Android phones', function () {
  let phones: Phones
  let server: AdbServer
  let folder: OwnedDirectory
  before(async () => {
    phones = await startPhones({ count: 1, provisioned: false })
    server = await AdbServer.acquire({ host: '127.0.0.1', port: phones.adbPort }, 'adb')
    folder = await makeOwnedDirectory('videos')
  })
  after(async () => {
    server.release()
    await phones.stop()
    await folder.remove()
  })

  const client = (): PhoneClient => phones.phones[0] ?? assert.fail('no phone')
  const phoneOf = (): AdbPhone => new AdbPhone(server, client().serial, 'alice')
  const begun: ScreenRecording[] = []
  /** Ends the recordings of a failed test. */
  afterEach(async () => void (await Promise.all(begun.splice(0).map(async recording => recording.discard()))))
  const record = (
    directory: string,
    limits: VideoLimits,
    recorder = new ScreenRecorder(phoneOf(), limits),
  ): ScreenRecording => {
    const recording = recorder.start(directory)
    begun.push(recording)
    return recording
  }
  const newFolder = async (): Promise<string> => mkdtemp(join(folder.path, 'video-'))
  // Fails if it finds nothing.
  const shell = async (command: string): Promise<string> => (await phoneOf().run(command)).stdout
  const countRecordings = async (): Promise<number> =>
    (await shell('pidof screenrecord')).trim().split(' ').filter(Boolean).length
  const untilRecording = async (count: number): Promise<number> =>
    eventually(`${count} screenrecord`, async () => (await countRecordings()) === count)
  /** @returns when it was last missing, and when it was first present, in milliseconds of this process's clock */
  const untilSegment = async (directory: string, number: number): Promise<{ missingAt: number; seenAt: number }> => {
    let missingAt = 0
    const isThere = async (): Promise<boolean> => {
      const askedAt = performance.now()
      const found = (await readdir(directory)).includes(`segment-${number}.h264`)
      if (!found) missingAt = askedAt
      return found
    }
    await eventually(`segment ${number}`, isThere)
    return { missingAt, seenAt: performance.now() }
  }

  it('are one file of several segments that plays to its end; nothing is left on the phone', async () => {
    const before = await shell('ls /sdcard; ls /data/local/tmp')
    const directory = await newFolder()
    const askedAt = performance.now()
    const recording = record(directory, short)
    const first = await untilSegment(directory, 1)
    await untilSegment(directory, 2)
    await shell('am start -n baton.chat/.MainActivity')
    const last = await untilSegment(directory, 4)
    const { files, reason: problem } = await recording.stop()
    const most = (performance.now() - askedAt) / 1_000
    const least = (last.missingAt - first.seenAt) / 1_000
    assert.deepEqual([files.map(file => basename(file)), problem], [['video.mp4'], undefined])
    assert.deepEqual([await countRecordings(), await shell('ls /sdcard; ls /data/local/tmp')], [0, before])

    const [seen = assert.fail()] = await playVideos(await readFile(files[0] ?? ''))
    assert.equal(seen.size, '144x320')
    assert.ok(seen.seconds > least && seen.seconds < most, `${seen.seconds} s, not ${least} to ${most}`)
    assert.ok(Math.abs(seen.endedAt - seen.seconds) < 0.1, `ended at ${seen.endedAt} s of ${seen.seconds}`)
    const [home = 0, app = 0] = seen.background
    assert.ok(home > app && app > 144 * 320 * 0.8, `${home} and ${app} pixels of the background`)
  })

  it('keep the end if they exceed a limit, in time or in bytes', async () => {
    const videos = [
      { ...short, maxMs: 2_000 },
      { ...short, maxBytes: 150_000 },
    ].map(async limits => {
      const directory = await newFolder()
      const recording = record(directory, limits)
      const { missingAt } = await untilSegment(directory, 2)
      await untilSegment(directory, 5)
      const left = (await readdir(directory)).filter(name => name.endsWith('.h264')).toSorted()
      assert.ok(left.includes('segment-5.h264'), String(left))
      assert.ok(!left.includes('segment-1.h264') && left.length <= 4, String(left))
      const [file = ''] = (await recording.stop()).files
      return { video: await readFile(file), most: (performance.now() - missingAt) / 1_000 }
    })
    const ended = await Promise.all(videos)
    const seen = await playVideos(...ended.map(({ video }) => video))
    // Without its first segment it starts with the second one at the earliest.
    for (const [index, { seconds }] of seen.entries()) {
      const most = ended[index]?.most ?? assert.fail()
      assert.ok(seconds > 0.9 && seconds < most, `${seconds} s, not up to ${most}`)
    }
  })

  it('keep what was recorded until the phone left', async () => {
    await shell('input keyevent KEYCODE_HOME')
    const directory = await newFolder()
    const recording = record(directory, videoLimits)
    await untilRecording(1)
    await shell('am start -n baton.chat/.MainActivity')
    const { seenAt } = await untilSegment(directory, 1)
    const least = (performance.now() - seenAt) / 1_000
    await client().unplug()
    await eventually('adb says so', async () => server.state(client().serial) !== 'device')
    const [file = ''] = (await recording.stop()).files
    await client().plug()
    await client().connected()
    const [seen = assert.fail()] = await playVideos(await readFile(file))
    assert.equal(seen.size, '144x320')
    assert.ok(seen.seconds > least, `${seen.seconds} s, not ${least}`)
  })

  it('end in time on a frozen phone, with what was recorded before', async () => {
    const directory = await newFolder()
    const recording = record(directory, short)
    await untilSegment(directory, 2)
    await client().freeze()
    const askedAt = performance.now()
    const { files } = await recording.stop()
    assert.ok(performance.now() - askedAt < 20_000)
    assert.equal(files.length, 1)
    await client().thaw()
    await untilRecording(0)
  })

  it("disturb neither the module's own recordings nor each other", async () => {
    const happened: string[] = []
    class HeardPhone extends AdbPhone {
      override async openExec(command: string, signal: AbortSignal): Promise<Readable> {
        if (command.includes('screenrecord')) happened.push('begins')
        return super.openExec(command, signal)
      }
    }
    const recorder = new ScreenRecorder(new HeardPhone(server, client().serial, 'alice'))
    const own = new AbortController()
    const socket = await phoneOf().openExec('screenrecord /sdcard/own.mp4', own.signal)
    await untilRecording(1)
    const first = record(await newFolder(), videoLimits, recorder)
    void first.ended.then(() => happened.push('is over'))
    await untilRecording(2)
    const discarded = first.discard()
    const second = record(await newFolder(), videoLimits, recorder)
    await discarded
    await eventually('the next one begins', async () => happened.length === 3)
    await untilRecording(2)
    await second.stop()
    assert.deepEqual(happened, ['begins', 'is over', 'begins'])
    assert.equal(await countRecordings(), 1)
    socket.on('error', () => {})
    own.abort()
    await untilRecording(0)
    await shell('rm -f /sdcard/own.mp4')
  })

  it('are missing on a phone without an encoder, with the reason', async () => {
    await client().set({ noEncoder: true })
    const recording = record(await newFolder(), short)
    await recording.ended
    await client().set({ noEncoder: false })
    assert.deepEqual(await recording.stop(), {
      files: [],
      reason: 'screenrecord: ERROR: unable to create video/avc codec instance',
    })
  })

  for (const [name, codec] of [
    ['baseline', 'avc1.42001f'],
    ['high', 'avc1.64001f'],
  ] as const) {
    it(`play with frames that depend on earlier ones, from an encoder of ${name} profile`, async function () {
      // Not a multiple of the block size.
      const [width, height] = [150, 332]
      const stream = (await encodeVideo(codec, width, height)) ?? this.skip()
      const reader = new H264Parser()
      const frames = [...stream.flatMap((bytes, index) => reader.parse(bytes, index * 100)), ...reader.end(true)]
      assert.deepEqual([frames.length, frames.filter(({ key }) => key).length], [25, 3])
      const { format = assert.fail() } = frames[0] ?? {}
      const directory = await newFolder()
      const segment = await VideoSegment.open(join(directory, 'segment'), format)
      for (const frame of frames) await segment.add(frame)
      await segment.close(2_500)
      const [file = ''] = await writeVideos([segment], () => join(directory, 'video.mp4'))
      const [seen] = await playVideos(await readFile(file))
      assert.deepEqual([seen?.size, seen?.seconds, seen?.endedAt], ['150x332', 2.5, 2.5])
    })
  }

  it("are several files if the screen's size changes", async () => {
    const directory = await newFolder()
    const segments: VideoSegment[] = []
    for (const [width, height] of [
      [144, 320],
      [144, 320],
      [320, 144],
    ] as const) {
      const format = { sequence: sequenceParameters(width, height), picture: pictureParameters() }
      const segment = await VideoSegment.open(join(directory, String(segments.length)), format)
      const plane = (luma: number): Buffer => Buffer.alloc((width * height) / 4, luma)
      for (const [index, luma] of [40, 200].entries()) {
        const grey = { luma: Buffer.alloc(width * height, luma), blue: plane(128), red: plane(128) }
        const slice = encodePicture({ width, height, ...grey }, index)
        const length = Buffer.from([slice.length >> 24, slice.length >> 16, slice.length >> 8, slice.length])
        const atMs = segments.length * 1_000 + index * 500
        await segment.add({ format, key: true, atMs, data: Buffer.concat([length, slice]) })
      }
      await segment.close(segments.length * 1_000 + 900)
      segments.push(segment)
    }
    const files = await writeVideos(segments, number => join(directory, `${number}.mp4`))
    const seen = await playVideos(...(await Promise.all(files.map(async file => readFile(file)))))
    assert.deepEqual(
      seen.map(({ size, seconds }) => [size, seconds]),
      [
        ['144x320', 1.9],
        ['320x144', 0.9],
      ],
    )
  })
})
