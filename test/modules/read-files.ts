// Files that a module reads. Hosts have no checkout, so list them in `export const files`, relative to the module: they
// are sent with it. Find them through import.meta.url, which works on every host.
import { readFileSync } from 'node:fs'
import { expect } from '@wdio/globals'
import { useDevice } from 'baton'
import { chatPage, freshRoom } from '../pages/chat-page.js'

export const files = ['fixtures/greetings.txt']

const greetings = readFileSync(new URL('fixtures/greetings.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')

describe('greetings from a file', () => {
  const room = freshRoom()

  before(async () => {
    await useDevice('bob')
    await chatPage.enter(room, 'Bob')
    await useDevice('alice')
    await chatPage.enter(room, 'Alice')
  })

  for (const greeting of greetings) {
    it(`delivers '${greeting}' letter by letter`, async () => {
      await chatPage.say(greeting)
      await useDevice('bob')
      await expect(chatPage.message(greeting)).toBeDisplayed()
    })
  }
})
