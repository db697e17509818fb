import assert from 'node:assert/strict'
import { raceModels, schedulesToFirstHit, type RaceModel } from '../../support/race-models.js'

describe('the strategy mix', () => {
  const isShort = ({ after }: RaceModel): boolean => Object.keys(after).length < 30
  for (const model of raceModels.filter(model => isShort(model) && model.bug.length <= 3)) {
    it(`finds ${model.name} within 40 schedules, whatever the seed`, () => {
      for (let seed = 1; seed < 20_000; seed += 1_000) {
        const hit = schedulesToFirstHit(model, 'mix', { seed, most: 40 })
        assert.ok(hit > 1 && hit <= 40, `seed ${seed}: ${hit}`)
      }
    })
  }
})
