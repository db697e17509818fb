import { expect } from '@wdio/globals'
import { parallel, useDevice } from 'baton'
import { RaceApp } from '../race-app.js'

it('groceries: keeps what both add', async () => {
  const app = new RaceApp('groceries')
  await parallel({
    alice: async () => {
      await app.enter('alice')
      await app.type('item', 'milk')
      await app.click('add')
      await app.shows('state', 'added')
    },
    bob: async () => {
      await app.enter('bob')
      await app.read('list')
      await app.type('item', 'bread')
      await app.read('list')
      await app.click('add')
      await app.shows('state', 'added')
    },
  })
  await useDevice('alice')
  await app.enter('alice')
  expect(await app.read('list')).toBe('bread milk')
})
