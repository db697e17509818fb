// A host has no checkout. What a module reads at run time travels with it when it says so; paths are relative to the
// module, and so is import.meta.url wherever it runs.
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
