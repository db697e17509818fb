import { expect } from '@wdio/globals'
import { barrier, parallel } from 'baton'
import { RaceApp } from '../race-app.js'

it('reconnect: hears what was said in the tunnel', async () => {
  const app = new RaceApp('reconnect')
  const { alice: log } = await parallel({
    alice: async () => {
      await app.enter('alice')
      await barrier('both are there')
      await app.click('tunnel')
      await app.shows('status', 'ready')
      await barrier('she is back')
      return await app.outcome('log', /2-bye/)
    },
    bob: async () => {
      await app.enter('bob')
      await barrier('both are there')
      await app.type('text', '1-hello')
      await app.click('say')
      await app.shows('log', '1-hello')
      await barrier('she is back')
      await app.type('text', '2-bye')
      await app.click('say')
    },
  })
  expect(log).toBe('1-hello 2-bye')
})
