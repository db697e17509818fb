/** One frame of a video: an H.264 unit and its duration. */
export interface Sample {
  data: Buffer
  durationMs: number
}

export interface Video {
  width: number
  height: number
  /** H.264's parameter sets. */
  sequence: Buffer
  picture: Buffer
  samples: readonly Sample[]
}

/** Ticks per second: all durations are in milliseconds. */
const timescale = 1000
const unity = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000]
const english = 0x55c4

/** Writes an MP4 file (ISO/IEC 14496-12 and -15) of one video track. */
export function writeMp4(video: Video): Buffer {
  const type = box('ftyp', Buffer.from('isom'), u32(0x200), Buffer.from('isomavc1'))
  const data = box('mdat', ...video.samples.map(sized))
  return Buffer.concat([type, data, movie(video, type.length + 8)])
}

function movie(video: Video, dataOffset: number): Buffer {
  const duration = video.samples.reduce((sum, { durationMs }) => sum + durationMs, 0)
  const { width, height } = video
  return box(
    'moov',
    full(
      'mvhd',
      0,
      u32(0, 0, timescale, duration, 0x10000),
      u16(0x100, 0, 0, 0, 0, 0),
      u32(...unity, 0, 0, 0, 0, 0, 0, 2),
    ),
    box(
      'trak',
      full('tkhd', 3, u32(0, 0, 1, 0, duration, 0, 0), u16(0, 0, 0, 0), u32(...unity, width << 16, height << 16)),
      box(
        'mdia',
        full('mdhd', 0, u32(0, 0, timescale, duration), u16(english, 0)),
        full('hdlr', 0, u32(0), Buffer.from('vide'), u32(0, 0, 0), Buffer.from('screen\0')),
        box(
          'minf',
          full('vmhd', 1, u32(0, 0)),
          box('dinf', full('dref', 0, u32(1), full('url ', 1))),
          sampleTable(video, dataOffset),
        ),
      ),
    ),
  )
}

function sampleTable({ width, height, sequence, picture, samples }: Video, dataOffset: number): Buffer {
  const profile = sequence.subarray(1, 4)
  const configuration = box(
    'avcC',
    Buffer.from([1, ...profile, 0xff, 0xe1]),
    u16(sequence.length),
    sequence,
    Buffer.from([1]),
    u16(picture.length),
    picture,
  )
  const entry = box(
    'avc1',
    u16(0, 0, 0, 1),
    u32(0, 0, 0, 0),
    u16(width, height),
    u32(0x480000, 0x480000, 0),
    u16(1),
    Buffer.alloc(32),
    u16(24, 0xffff),
    configuration,
  )
  return box(
    'stbl',
    full('stsd', 0, u32(1), entry),
    full('stts', 0, u32(samples.length, ...samples.flatMap(({ durationMs }) => [1, durationMs]))),
    full('stsc', 0, u32(1, 1, samples.length, 1)),
    full('stsz', 0, u32(0, samples.length, ...samples.map(({ data }) => data.length + 4))),
    full('stco', 0, u32(1, dataOffset)),
  )
}

const sized = ({ data }: Sample): Buffer => Buffer.concat([u32(data.length), data])

function box(type: string, ...parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 8)
  return Buffer.concat([u32(length), Buffer.from(type), ...parts])
}

/** A box with version 0 and flags. */
const full = (type: string, flags: number, ...parts: readonly Buffer[]): Buffer => box(type, u32(flags), ...parts)

function u32(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4)
  for (const [at, value] of values.entries()) buffer.writeUInt32BE(value >>> 0, at * 4)
  return buffer
}

function u16(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 2)
  for (const [at, value] of values.entries()) buffer.writeUInt16BE(value, at * 2)
  return buffer
}
