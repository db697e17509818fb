import type { VideoFormat } from './h264-parser.js'
import { parseSequenceParameters, type VideoInfo } from './sequence-parameters.js'

/** One picture of a film, in the order in which they are shown. */
export interface Mp4Sample {
  bytes: number
  durationMs: number
  key: boolean
}

/** Ticks of a second: durations are in milliseconds. */
const timescale = 1_000
const unity = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000]
const undetermined = 0x55c4

/**
 * What stands before the pictures in an MP4 file (ISO/IEC 14496-12 and -15) of one video track, whose pictures follow one
 * another without anything between. First, so that a player can begin before it has the whole file.
 */
export function mp4Header(format: VideoFormat, pictures: readonly Mp4Sample[]): Buffer {
  const shape = parseSequenceParameters(format.sequence)
  const type = box('ftyp', text('isom'), u32(0x200), text('isomiso2avc1mp41'))
  const bytes = pictures.reduce((sum, picture) => sum + picture.bytes, 0)
  const data = Buffer.concat([u32(bytes + 8), text('mdat')])
  // Its length doesn't depend on where the pictures begin.
  const length = type.length + movie(format, shape, pictures, 0).length + data.length
  return Buffer.concat([type, movie(format, shape, pictures, length), data])
}

function movie(format: VideoFormat, shape: VideoInfo, pictures: readonly Mp4Sample[], dataAt: number): Buffer {
  const durationMs = pictures.reduce((sum, picture) => sum + picture.durationMs, 0)
  const size = u32(shape.width * 0x10000, shape.height * 0x10000)
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
        full('mdhd', 0, u32(0, 0, timescale, durationMs), u16(undetermined, 0)),
        full('hdlr', 0, u32(0), text('vide'), u32(0, 0, 0), text('screen\0')),
        box(
          'minf',
          full('vmhd', 1, u32(0, 0)),
          box('dinf', reference),
          samples(entry(format, shape), pictures, dataAt),
        ),
      ),
    ),
  )
}

/** All pictures are one chunk of the file. */
function samples(description: Buffer, pictures: readonly Mp4Sample[], dataAt: number): Buffer {
  const keys = pictures.flatMap(({ key }, index) => (key ? [index + 1] : []))
  const durations = runs(pictures.map(({ durationMs }) => durationMs))
  return box(
    'stbl',
    full('stsd', 0, u32(1), description),
    full('stts', 0, u32(durations.length), u32s(durations.flat())),
    full('stss', 0, u32(keys.length), u32s(keys)),
    full('stsc', 0, u32(1, 1, pictures.length, 1)),
    full('stsz', 0, u32(0, pictures.length), u32s(pictures.map(({ bytes }) => bytes))),
    full('stco', 0, u32(1, dataAt)),
  )
}

function entry({ sequence, picture }: VideoFormat, { width, height, color: colour }: VideoInfo): Buffer {
  const resolution = 0x480000
  const colours = colour
    ? [0xfc | colour.chroma, 0xf8 | (colour.lumaDepth - 8), 0xf8 | (colour.chromaDepth - 8), 0]
    : []
  const configuration = box(
    'avcC',
    Buffer.from([1, ...sequence.subarray(1, 4), 0xff, 0xe1]),
    u16(sequence.length),
    sequence,
    Buffer.from([1]),
    u16(picture.length),
    picture,
    Buffer.from(colours),
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

/** Equal neighbours as one: how many, and what. */
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

/** Of a film there may be more of them than a call can have arguments. */
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
