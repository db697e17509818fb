import assert from 'node:assert/strict'
import { mp4Header, type Mp4Sample } from '../../../drivers/android/video/mp4-header.js'
import { sequenceParameters } from '../../phone/video/h264.js'

describe('the MP4 header', () => {
  const format = { sequence: sequenceParameters(144, 320), picture: Buffer.from([0x68, 4]) }
  const headerOf = (count: number): Buffer => {
    // Consecutive durations differ, so that no table is run-length encoded.
    const pictures = Array.from({ length: count }, (_, at): Mp4Sample => ({
      bytes: 1 + (at % 999),
      durationMs: 16 + (at % 2),
      key: true,
    }))
    return mp4Header(format, pictures)
  }
  /** Numbers of a table in the header, after its name, flags and `skip` numbers. */
  const tableOf = (header: Buffer, name: string, skip: number, count: number): number[] => {
    const at = header.indexOf(name) + 8 + skip * 4
    return Array.from({ length: count }, (_, index) => header.readUInt32BE(at + index * 4))
  }

  it('lists every frame, even of an hour', () => {
    const count = 200_000
    const header = headerOf(count)
    assert.deepEqual(tableOf(header, 'stsz', 1, 3), [count, 1, 2])
    assert.deepEqual(tableOf(header, 'stsz', 1 + count, 1), [1 + ((count - 1) % 999)])
    assert.deepEqual(tableOf(header, 'stss', 0, 3), [count, 1, 2])
    assert.deepEqual(tableOf(header, 'stts', 0, 5), [count, 1, 16, 1, 17])
    assert.deepEqual(tableOf(header, 'stco', 1, 1), [header.length])
  })
})
