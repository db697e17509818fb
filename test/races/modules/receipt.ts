import { barrier, parallel } from 'baton'
import { RaceApp } from '../race-app.js'

it('receipt: ticks a message that was read', async () => {
  const app = new RaceApp('receipt')
  await parallel({
    alice: async () => {
      await app.enter('alice')
      await barrier('both are there')
      await app.type('text', 'hello')
      await app.click('send')
      await app.shows('tick', 'read')
    },
    bob: async () => {
      await app.enter('bob')
      await barrier('both are there')
      await app.shows('last', 'hello')
      await app.click('open')
    },
  })
})
