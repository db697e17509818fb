import { createReadStream, createWriteStream } from 'node:fs'
import { open, rm, type FileHandle } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { isSameFormat, type VideoFormat, type VideoFrame } from './h264-parser.js'
import { mp4Header, type Mp4Sample } from './mp4-header.js'

/** Pictures that follow one another in one format, on disk; what is known of each in memory. */
export class VideoSegment {
  readonly frames: { bytes: number; key: boolean; atMs: number }[] = []
  bytes = 0
  /** Until when its last picture was seen. */
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
 * Makes MP4 files of closed pieces: one, as long as their format stays the same. What was on the screen last stays there
 * until the next piece begins.
 * @param fileOf - path of the n-th file, from 1
 * @returns the files, in order
 */
export async function writeVideos(
  pieces: readonly VideoSegment[],
  fileOf: (number: number) => string,
): Promise<string[]> {
  const files: string[] = []
  for (const group of groupByFormat(pieces)) {
    const file = fileOf(files.length + 1)
    await writeVideo(file, group)
    files.push(file)
  }
  return files
}

function groupByFormat(pieces: readonly VideoSegment[]): VideoSegment[][] {
  const groups: VideoSegment[][] = []
  for (const piece of pieces) {
    const group = groups.at(-1)
    if (group?.[0] && isSameFormat(group[0].format, piece.format)) group.push(piece)
    else groups.push([piece])
  }
  return groups
}

async function writeVideo(file: string, pieces: readonly VideoSegment[]): Promise<void> {
  const [first] = pieces
  if (!first) return
  const header = mp4Header(first.format, toMp4Samples(pieces))
  await pipeline(async function* () {
    yield header
    for (const piece of pieces) yield* createReadStream(piece.file) as AsyncIterable<Buffer>
  }, createWriteStream(file))
}

/** Each picture is shown until the next one, for a millisecond at least. Rounding never adds up. */
function toMp4Samples(pieces: readonly VideoSegment[]): Mp4Sample[] {
  const pictures = pieces.flatMap(piece => piece.frames)
  const endMs = pieces.at(-1)?.endMs ?? 0
  const beganMs = pictures[0]?.atMs ?? 0
  let shownMs = 0
  return pictures.map(({ bytes, key }, index) => {
    const untilMs = Math.round((pictures[index + 1]?.atMs ?? endMs) - beganMs)
    const durationMs = Math.max(1, untilMs - shownMs)
    shownMs += durationMs
    return { bytes, key, durationMs }
  })
}
