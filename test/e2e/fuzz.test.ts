import assert from 'node:assert/strict'
import { fuzzBatch } from '../fuzz/fuzz.js'

describe('hostile modules', () => {
  it('hurt neither innocent ones, nor the run, nor its reports', async function () {
    const { faults } = await fuzzBatch(3, 0, 8)
    assert.deepEqual(faults, [])
  })
})
