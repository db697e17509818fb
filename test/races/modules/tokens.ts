import { expect } from '@wdio/globals'
import { barrier, parallel } from 'baton'
import { RaceApp } from '../race-app.js'

it('tokens: stays signed in when its token expires', async () => {
  const app = new RaceApp('tokens')
  const { alice } = await parallel({
    alice: async () => {
      await app.enter('alice')
      await barrier('both are there')
      await app.read('saved')
      await app.read('profile')
      await app.read('saved')
      await app.click('save')
      return [await app.outcome('saved', /./), await app.outcome('profile', /./)]
    },
    bob: async () => {
      await app.enter('bob')
      await barrier('both are there')
      await app.click('expire')
      await app.shows('expired', 'expired')
    },
  })
  expect(alice).toEqual(['done', 'done'])
})
