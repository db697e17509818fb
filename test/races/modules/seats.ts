import { expect } from '@wdio/globals'
import { barrier, parallel } from 'baton'
import { RaceApp } from '../race-app.js'

it('seats: sells a seat once', async () => {
  const app = new RaceApp('seats')
  const buy = async (): Promise<string> => {
    await app.click('take')
    if ((await app.outcome('mine', /held|refused/)) === 'refused') return 'refused'
    await app.click('pay')
    return await app.outcome('mine', /paid/)
  }
  const bought = await parallel({
    alice: async () => {
      await app.enter('alice')
      await app.click('take')
      await app.shows('mine', 'held')
      await barrier('alice has it')
      await app.click('return')
      await app.click('return')
      await app.shows('returned', 'returned')
      return await buy()
    },
    bob: async () => {
      await app.enter('bob')
      await barrier('alice has it')
      await app.shows('seat', /free|sold/)
      await app.read('row')
      return await buy()
    },
  })
  expect(Object.values(bought).filter(state => state === 'paid').length).toBeLessThan(2)
})
