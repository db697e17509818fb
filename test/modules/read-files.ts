// Files that a module reads. Hosts have no checkout: files that the code names by literals are sent with it. Others have
// to be listed in `export const files`, relative to the module. Find them through import.meta.url, which works everywhere.
import { readFileSync } from 'node:fs'
import { expect } from '@wdio/globals'
import { useDevice } from 'baton'
import { chatPage, freshRoom } from '../pages/chat-page.js'

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
