import assert from 'node:assert/strict'
import fc from 'fast-check'
import { H264Parser, type VideoFrame } from '../../../drivers/android/video/h264-parser.js'

const sequence = Buffer.from([0x67, 1, 2, 3])
const picture = Buffer.from([0x68, 4])
/** The first bit after the unit's type marks the first slice of a picture. */
const first = (type: number, ...rest: number[]): Buffer => Buffer.from([type, 0x80, ...rest])
const further = (type: number, ...rest: number[]): Buffer => Buffer.from([type, 0x40, ...rest])
const keySlice = 0x65
const slice = 0x41

/** With start codes of three and of four bytes. */
function streamOf(...units: readonly Buffer[]): Buffer {
  const code = (index: number): Buffer => Buffer.from(index % 2 === 0 ? [0, 0, 0, 1] : [0, 0, 1])
  return Buffer.concat(units.flatMap((unit, index) => [code(index), unit]))
}

const seen = (frames: readonly VideoFrame[]) =>
  frames.map(({ data, key, format }) => ({
    data: data.toString('hex'),
    key,
    sequence: format.sequence.toString('hex'),
  }))
const sized = (...units: readonly Buffer[]): string =>
  Buffer.concat(units.flatMap(unit => [Buffer.from([0, 0, 0, unit.length]), unit])).toString('hex')

describe('the H.264 parser', () => {
  const information = Buffer.from([0x06, 9, 9])
  const other = Buffer.from([0x67, 7, 7, 7])
  const whole = Buffer.concat([
    Buffer.from('4711\nWARNING: failed at 1080x2400\n'),
    streamOf(
      sequence,
      picture,
      first(keySlice, 5, 5),
      further(keySlice, 6),
      information,
      first(slice, 7),
      sequence,
      picture,
      first(keySlice, 8),
      other,
      picture,
      first(keySlice, 9),
    ),
  ])
  const expected = [
    { data: sized(first(keySlice, 5, 5), further(keySlice, 6)), key: true, sequence: sequence.toString('hex') },
    { data: sized(first(slice, 7)), key: false, sequence: sequence.toString('hex') },
    { data: sized(first(keySlice, 8)), key: true, sequence: sequence.toString('hex') },
    { data: sized(first(keySlice, 9)), key: true, sequence: other.toString('hex') },
  ]

  it('finds the same frames for every division into chunks', () => {
    const cuts = fc.array(fc.nat(whole.length), { maxLength: 40 })
    fc.assert(
      fc.property(cuts, places => {
        const reader = new H264Parser()
        const ends = [...places.toSorted((a, b) => a - b), whole.length]
        const frames = ends.flatMap((end, index) => reader.parse(whole.subarray(ends[index - 1] ?? 0, end), index))
        assert.deepEqual(seen([...frames, ...reader.end(true)]), expected)
        assert.equal(reader.preamble, '4711\nWARNING: failed at 1080x2400\n')
      }),
    )
  })

  it('keeps the format until the parameters change', () => {
    const reader = new H264Parser()
    const formats = [...reader.parse(whole, 0), ...reader.end(true)].map(({ format }) => format)
    assert.ok(formats[0] === formats[1] && formats[1] === formats[2] && formats[2] !== formats[3])
  })

  it('returns a frame when the next one starts, with its own time', () => {
    const reader = new H264Parser()
    assert.deepEqual(reader.parse(streamOf(sequence, picture, first(keySlice, 5)), 1_000), [])
    const [frame] = reader.parse(streamOf(first(slice, 6)), 1_200)
    assert.equal(frame?.atMs, 1_000)
    assert.deepEqual(
      reader.end(true).map(({ atMs }) => atMs),
      [1_200],
    )
  })

  it('drops only a unit that may be cut off', () => {
    const cut = (...units: readonly Buffer[]): number => {
      const reader = new H264Parser()
      return [...reader.parse(streamOf(sequence, picture, ...units), 0), ...reader.end(false)].length
    }
    assert.equal(cut(first(keySlice, 5)), 0)
    assert.equal(cut(first(keySlice, 5), first(slice, 6)), 1)
    assert.equal(cut(first(keySlice, 5), first(slice, 6), further(slice, 7)), 1)
  })

  it('returns text if no NAL unit came', () => {
    const reader = new H264Parser()
    reader.parse(Buffer.from('4711\n/system/bin/sh: screenrecord: '), 0)
    reader.parse(Buffer.from('inaccessible or not found\n'), 0)
    assert.deepEqual(reader.end(true), [])
    assert.equal(reader.preamble, '4711\n/system/bin/sh: screenrecord: inaccessible or not found\n')
  })
})
