// Fails, and is meant to: Bob's branch ends early, so Alice waits at a barrier that he never reaches.
import { expect } from '@wdio/globals'
import { barrier, parallel } from 'baton'
import { chatPage, freshRoom } from '../pages/chat-page.js'

describe('two guests', () => {
  it('greet each other at the same time', async () => {
    const room = freshRoom()
    await parallel({
      alice: async () => {
        await chatPage.enter(room, 'Alice')
        await barrier('both are in')
        await chatPage.say('Hello')
      },
      bob: async () => {
        await chatPage.enter(room, 'Bob')
        if (!(await chatPage.message('Hello').isDisplayed())) return
        await barrier('both are in')
        await expect(chatPage.message('Hello')).toBeDisplayed()
      },
    })
  })
})
