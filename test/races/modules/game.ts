import { expect } from '@wdio/globals'
import { barrier, parallel } from 'baton'
import { RaceApp } from '../race-app.js'

it('game: shows every move to a player who joins', async () => {
  const app = new RaceApp('game')
  const { alice: board } = await parallel({
    alice: async () => {
      await app.enter('alice')
      await barrier('alice has joined')
      return await app.outcome('board', /b2/)
    },
    bob: async () => {
      await app.enter('bob')
      await app.type('cell', 'a1')
      await app.read('board')
      await app.click('move')
      await app.shows('board', 'a1')
      await barrier('alice has joined')
      await app.type('cell', 'b2')
      await app.click('move')
    },
  })
  expect(board).toBe('a1 b2')
})
