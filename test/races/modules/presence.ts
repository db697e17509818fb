import { expect } from '@wdio/globals'
import { barrier, parallel } from 'baton'
import { RaceApp } from '../race-app.js'

it('presence: shows who has come back', async () => {
  const app = new RaceApp('presence')
  const { alice: others } = await parallel({
    alice: async () => {
      await app.enter('alice')
      await barrier('both are there')
      await app.shows('waved', 'waved')
      return await app.read('others')
    },
    bob: async () => {
      await app.enter('bob')
      await barrier('both are there')
      await app.click('leave')
      await app.click('return')
      await app.shows('status', 'ready')
      await app.shows('left', 'left')
      await app.click('wave')
    },
  })
  expect(others).toBe('alice bob')
})
