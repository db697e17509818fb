import { expect } from '@wdio/globals'
import { barrier, parallel } from 'baton'
import { RaceApp } from '../race-app.js'

it('auction: sells for the highest bid that was placed', async () => {
  const app = new RaceApp('auction')
  const { alice: sold, bob: mine } = await parallel({
    alice: async () => {
      await app.enter('alice')
      await barrier('both are there')
      await app.read('lot')
      await app.read('price')
      await app.read('lot')
      await app.click('close')
      return await app.outcome('sold', /sold/)
    },
    bob: async () => {
      await app.enter('bob')
      await app.type('amount', '30')
      await barrier('both are there')
      await app.click('bid')
      return await app.outcome('mine', /./)
    },
  })
  expect(`${mine}, ${sold}`).toBe(mine === 'too late' ? 'too late, sold for 10' : 'placed 30, sold for 30')
})
