import assert from 'node:assert/strict'
import { parseSequenceParameters } from '../../../drivers/android/video/sequence-parameters.js'
import { sequenceParameters } from '../../phone/video/h264.js'

describe("H.264's sequence parameters", () => {
  const cases: [name: string, hex: string, size: string, depth?: number][] = [
    // High profile, cropped from 1088 lines; emulation prevention in its timing.
    ['of x264', '67640028acd940780227e5c044000003000400000300f03c60c658', '1920x1080', 8],
    ["of a phone's encoder, baseline", '6742801fda014016e9482830303685 09a8'.replace(' ', ''), '1280x720'],
  ]
  for (const [name, hex, size, depth] of cases) {
    it(name, () => {
      const { width, height, color } = parseSequenceParameters(Buffer.from(hex, 'hex'))
      assert.deepEqual([`${width}x${height}`, color?.lumaDepth], [size, depth])
    })
  }

  it('have the screen size of the simulated phone', () => {
    assert.deepEqual(parseSequenceParameters(sequenceParameters(144, 320)), { width: 144, height: 320 })
  })

  it('are an error if they are cut off', () => {
    assert.throws(() => parseSequenceParameters(Buffer.from('6764', 'hex')), /cut off/)
  })
})
