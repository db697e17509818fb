import { expect } from '@wdio/globals'
import { barrier, parallel } from 'baton'
import { RaceApp } from '../race-app.js'

it('score: counts a goal before the final whistle', async () => {
  const app = new RaceApp('score')
  const { alice: goals } = await parallel({
    alice: async () => {
      await app.enter('alice')
      await barrier('both are there')
      await app.shows('match', 'over')
      return await app.read('goals')
    },
    bob: async () => {
      await app.enter('bob')
      await barrier('both are there')
      await app.click('goal')
      await app.shows('goals', '1')
      await app.click('whistle')
      await app.shows('match', 'over')
    },
  })
  expect(goals).toBe('1')
})
