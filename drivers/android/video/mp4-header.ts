import type { VideoFormat } from './h264-parser.js'
import { parseSequenceParameters, type VideoInfo } from './sequence-parameters.js'

/** One frame of a video. */
export interface Mp4Sample {
  bytes: number
  durationMs: number
  key: boolean
}

/** Ticks per second: durations are in milliseconds. */
const timescale = 1_000
const unity = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000]
const undeterminedLanguage = 0x55c4

/**
 * Everything before the frames in an MP4 file (ISO/IEC 14496-12 and -15) with one video track; the frames follow without gaps.
 * The header comes first, so that a player can start before it has the whole file.
 */
export function mp4Header(format: VideoFormat, samples: readonly Mp4Sample[]): Buffer {
  const info = parseSequenceParameters(format.sequence)
  const type = box('ftyp', text('isom'), u32(0x200), text('isomiso2avc1mp41'))
  const bytes = samples.reduce((sum, sample) => sum + sample.bytes, 0)
  const data = Buffer.concat([u32(bytes + 8), text('mdat')])
  // The header's length does not depend on the offset of the frames.
  const length = type.length + movie(format, info, samples, 0).length + data.length
  return Buffer.concat([type, movie(format, info, samples, length), data])
}

function movie(format: VideoFormat, info: VideoInfo, samples: readonly Mp4Sample[], dataAt: number): Buffer {
  const durationMs = samples.reduce((sum, sample) => sum + sample.durationMs, 0)
  const size = u32(info.width * 0x10000, info.height * 0x10000)
  const reference = full('dref', 0, u32(1), full('url ', 1))
  return box(
    'moov',
    full(
      'mvhd',
      0,
      u32(0, 0, timescale, durationMs, 0x10000),
      u16(0x100, 0, 0, 0, 0, 0),
      u32(...unity),
      u32(0, 0, 0, 0, 0, 0, 2),
    ),
    box(
      'trak',
      full('tkhd', 3, u32(0, 0, 1, 0, durationMs, 0, 0), u16(0, 0, 0, 0), u32(...unity), size),
      box(
        'mdia',
        full('mdhd', 0, u32(0, 0, timescale, durationMs), u16(undeterminedLanguage, 0)),
        full('hdlr', 0, u32(0), text('vide'), u32(0, 0, 0), text('screen\0')),
        box(
          'minf',
          full('vmhd', 1, u32(0, 0)),
          box('dinf', reference),
          sampleTable(entry(format, info), samples, dataAt),
        ),
      ),
    ),
  )
}

/** All samples are in one chunk. */
function sampleTable(description: Buffer, samples: readonly Mp4Sample[], dataAt: number): Buffer {
  const keys = samples.flatMap(({ key }, index) => (key ? [index + 1] : []))
  const durations = runs(samples.map(({ durationMs }) => durationMs))
  return box(
    'stbl',
    full('stsd', 0, u32(1), description),
    full('stts', 0, u32(durations.length), u32s(durations.flat())),
    full('stss', 0, u32(keys.length), u32s(keys)),
    full('stsc', 0, u32(1, 1, samples.length, 1)),
    full('stsz', 0, u32(0, samples.length), u32s(samples.map(({ bytes }) => bytes))),
    full('stco', 0, u32(1, dataAt)),
  )
}

function entry({ sequence, picture }: VideoFormat, { width, height, color }: VideoInfo): Buffer {
  const resolution = 0x480000
  const colors = color ? [0xfc | color.chroma, 0xf8 | (color.lumaDepth - 8), 0xf8 | (color.chromaDepth - 8), 0] : []
  const configuration = box(
    'avcC',
    Buffer.from([1, ...sequence.subarray(1, 4), 0xff, 0xe1]),
    u16(sequence.length),
    sequence,
    Buffer.from([1]),
    u16(picture.length),
    picture,
    Buffer.from(colors),
  )
  return box(
    'avc1',
    u16(0, 0, 0, 1),
    u32(0, 0, 0, 0),
    u16(width, height),
    u32(resolution, resolution, 0),
    u16(1),
    Buffer.alloc(32),
    u16(24, 0xffff),
    configuration,
  )
}

/** Run lengths of equal neighbours. */
function runs(values: readonly number[]): [count: number, value: number][] {
  const found: [number, number][] = []
  for (const value of values) {
    const last = found.at(-1)
    if (last?.[1] === value) last[0]++
    else found.push([1, value])
  }
  return found
}

function box(type: string, ...parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 8)
  return Buffer.concat([u32(length), text(type), ...parts])
}

/** A box with version 0 and flags. */
const full = (type: string, flags: number, ...parts: readonly Buffer[]): Buffer => box(type, u32(flags), ...parts)

const text = (value: string): Buffer => Buffer.from(value, 'latin1')

const u32 = (...values: readonly number[]): Buffer => u32s(values)

/** Takes an array: a long video has more values than a call can have arguments. */
function u32s(values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4)
  for (const [at, value] of values.entries()) buffer.writeUInt32BE(value, at * 4)
  return buffer
}

function u16(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 2)
  for (const [at, value] of values.entries()) buffer.writeUInt16BE(value, at * 2)
  return buffer
}
