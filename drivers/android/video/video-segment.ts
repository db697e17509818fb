import { createReadStream, createWriteStream } from 'node:fs'
import { open, rm, type FileHandle } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { isSameFormat, type VideoFormat, type VideoFrame } from './h264-parser.js'
import { mp4Header, type Mp4Sample } from './mp4-header.js'

/** Consecutive frames of one format: their data on disk, their sizes and times in memory. */
export class VideoSegment {
  readonly frames: { bytes: number; key: boolean; atMs: number }[] = []
  bytes = 0
  /** Until when its last frame was on the screen. */
  endMs = 0

  private constructor(
    readonly file: string,
    readonly format: VideoFormat,
    private readonly handle: FileHandle,
  ) {}

  static async open(file: string, format: VideoFormat): Promise<VideoSegment> {
    return new VideoSegment(file, format, await open(file, 'w'))
  }

  get startMs(): number {
    return this.frames[0]?.atMs ?? this.endMs
  }

  async add({ data, key, atMs }: VideoFrame): Promise<void> {
    await this.handle.appendFile(data)
    this.frames.push({ bytes: data.length, key, atMs })
    this.bytes += data.length
    this.endMs = atMs
  }

  async close(endMs: number): Promise<void> {
    this.endMs = Math.max(this.endMs, endMs)
    await this.handle.close()
  }

  async remove(): Promise<void> {
    await rm(this.file, { force: true })
  }
}

/**
 * Writes closed segments to MP4 files: one file, unless the format changes. The last frame of a segment lasts until the next
 * segment starts.
 * @param fileOf - path of the n-th file, from 1
 * @returns the files, in order
 */
export async function writeVideos(
  segments: readonly VideoSegment[],
  fileOf: (number: number) => string,
): Promise<string[]> {
  const files: string[] = []
  for (const group of groupByFormat(segments)) {
    const file = fileOf(files.length + 1)
    await writeVideo(file, group)
    files.push(file)
  }
  return files
}

function groupByFormat(segments: readonly VideoSegment[]): VideoSegment[][] {
  const groups: VideoSegment[][] = []
  for (const segment of segments) {
    const group = groups.at(-1)
    if (group?.[0] && isSameFormat(group[0].format, segment.format)) group.push(segment)
    else groups.push([segment])
  }
  return groups
}

async function writeVideo(file: string, segments: readonly VideoSegment[]): Promise<void> {
  const [first] = segments
  if (!first) return
  const header = mp4Header(first.format, toMp4Samples(segments))
  await pipeline(async function* () {
    yield header
    for (const segment of segments) yield* createReadStream(segment.file) as AsyncIterable<Buffer>
  }, createWriteStream(file))
}

/** Each frame lasts until the next one, at least a millisecond. Rounding errors do not add up. */
function toMp4Samples(segments: readonly VideoSegment[]): Mp4Sample[] {
  const frames = segments.flatMap(segment => segment.frames)
  const endMs = segments.at(-1)?.endMs ?? 0
  const startMs = frames[0]?.atMs ?? 0
  let shownMs = 0
  return frames.map(({ bytes, key }, index) => {
    const untilMs = Math.round((frames[index + 1]?.atMs ?? endMs) - startMs)
    const durationMs = Math.max(1, untilMs - shownMs)
    shownMs += durationMs
    return { bytes, key, durationMs }
  })
}
