import assert from 'node:assert/strict'
import { countGangs } from '../../../../src/run/explore/count-gangs.js'

describe('countGangs', () => {
  it('counts how often the devices can serve all roles at the same time', () => {
    const any = ['a', 'b', 'c', 'd', 'e']
    assert.equal(countGangs({ alice: any, bob: any }), 2)
    assert.equal(countGangs({ alice: ['alice'], bob: ['bob'] }), 1)
    assert.equal(countGangs({ device: any }), 5)
    assert.equal(countGangs({ alice: ['a'], bob: ['a'] }), 0)
    assert.equal(countGangs({}), 0)
  })
})
