import { barrier, parallel } from 'baton'
import { RaceApp } from '../race-app.js'

it('timeout: both know whether they talk', async () => {
  const app = new RaceApp('timeout')
  let caller = ''
  await parallel({
    alice: async () => {
      await app.enter('alice')
      await barrier('both are there')
      await app.click('call')
      caller = await app.outcome('state', /connected|no answer/)
      await barrier('alice knows')
    },
    bob: async () => {
      await app.enter('bob')
      await barrier('both are there')
      await app.shows('state', /ringing|over/)
      await app.click('answer')
      await barrier('alice knows')
      await app.shows('state', caller === 'connected' ? 'connected' : 'over')
    },
  })
})
