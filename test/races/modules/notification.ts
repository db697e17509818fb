import { expect } from '@wdio/globals'
import { barrier, parallel } from 'baton'
import { RaceApp } from '../race-app.js'

it('notification: opens the comment that it announces', async () => {
  const app = new RaceApp('notification')
  const { bob: comment } = await parallel({
    alice: async () => {
      await app.enter('alice')
      await barrier('both are there')
      await app.type('text', 'hello')
      await app.click('send')
    },
    bob: async () => {
      await app.enter('bob')
      await barrier('both are there')
      await app.shows('bell', 'new')
      await app.click('open')
      return await app.outcome('comment', /hello|not found/)
    },
  })
  expect(comment).toBe('hello')
})
