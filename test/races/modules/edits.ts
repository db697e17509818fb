import { expect } from '@wdio/globals'
import { barrier, parallel } from 'baton'
import { RaceApp } from '../race-app.js'

it('edits: keeps the last title', async () => {
  const app = new RaceApp('edits')
  const { bob: title } = await parallel({
    alice: async () => {
      await app.enter('alice')
      await app.type('text', 'Draft')
      await app.click('save')
      await app.type('text', 'Final')
      await app.click('save')
      await app.shows('state', 'saved')
      await barrier('it is saved')
    },
    bob: async () => {
      await barrier('it is saved')
      await app.enter('bob')
      return await app.read('title')
    },
  })
  expect(title).toBe('Final')
})
