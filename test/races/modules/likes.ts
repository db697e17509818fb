import { barrier, parallel } from 'baton'
import { RaceApp } from '../race-app.js'

it('likes: shows both likes to both', async () => {
  const app = new RaceApp('likes')
  await parallel({
    alice: async () => {
      await app.enter('alice')
      await barrier('both are there')
      await app.click('like')
      await app.shows('likes', '2')
    },
    bob: async () => {
      await app.enter('bob')
      await barrier('both are there')
      await app.read('author')
      await app.read('likes')
      await app.click('like')
      await app.shows('likes', '2')
    },
  })
})
