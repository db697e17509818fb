import { expect } from '@wdio/globals'
import { barrier, parallel, useDevice } from 'baton'
import { RaceApp } from '../race-app.js'

it('notes: keeps every line of both', async () => {
  const app = new RaceApp('notes')
  await parallel({
    alice: async () => {
      await app.enter('alice')
      await barrier('both are there')
      await app.type('line', 'roof')
      await app.click('add')
      await app.shows('added', '1')
    },
    bob: async () => {
      await app.enter('bob')
      await barrier('both are there')
      await app.type('line', 'door')
      await app.read('note')
      await app.click('add')
      await app.shows('added', '1')
      await app.type('line', 'wall')
      await app.click('add')
      await app.shows('added', '2')
    },
  })
  await useDevice('alice')
  await app.enter('alice')
  expect(await app.read('note')).toBe('door roof wall')
})
