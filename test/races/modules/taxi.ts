import { expect } from '@wdio/globals'
import { barrier, parallel, signal, until } from 'baton'
import { RaceApp } from '../race-app.js'

it('taxi: sends one driver', async () => {
  const app = new RaceApp('taxi')
  const accept = async (): Promise<string> => {
    await app.click('accept')
    return await app.outcome('state', /yours|gone/)
  }
  const { alice, bob } = await parallel({
    alice: async () => {
      await app.enter('alice')
      await barrier('all are there')
      await app.shows('state', /offer|gone/)
      return await accept()
    },
    bob: async () => {
      await app.enter('bob')
      await barrier('all are there')
      await until('the second request')
      return await accept()
    },
    carol: async () => {
      await app.enter('carol')
      await barrier('all are there')
      await app.click('request')
      await app.shows('ride', /requested|driver/)
      await app.read('fare')
      await app.click('cancel')
      await app.shows('ride', /cancelled|driver/)
      await app.click('request')
      await app.shows('ride', /requested|driver/)
      signal('the second request')
      await app.shows('ride', /driver/)
    },
  })
  expect([alice, bob].sort()).toEqual(['gone', 'yours'])
})
