import { expect } from '@wdio/globals'
import { barrier, parallel } from 'baton'
import { RaceApp } from '../race-app.js'

it('call: connects two who call each other', async () => {
  const app = new RaceApp('call')
  const call = async (): Promise<string> => {
    await app.click('phone')
    return await app.outcome('state', /connected|busy/)
  }
  const states = await parallel({
    alice: async () => {
      await app.enter('alice')
      await barrier('both are there')
      return await call()
    },
    bob: async () => {
      await app.enter('bob')
      await barrier('both are there')
      await app.read('name')
      await app.read('name')
      await app.read('state')
      return await call()
    },
  })
  expect(states).toEqual({ alice: 'connected', bob: 'connected' })
})
