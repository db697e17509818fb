// Passes, but too slowly, and is meant to: Bob waits 3 s for a sign that the page never shows.
import { $, expect } from '@wdio/globals'
import { useDevice } from 'baton'
import { chatPage, freshRoom } from '../pages/chat-page.js'
import { meetInRoom } from '../steps/meet-in-room.js'

describe('a greeting', () => {
  it('is answered', async () => {
    await meetInRoom(freshRoom())
    await useDevice('alice')
    await chatPage.say('Hello')

    await useDevice('bob')
    await $('#connected')
      .waitForDisplayed({ timeout: 3_000 })
      .catch(() => {})
    await expect(chatPage.message('Hello')).toBeDisplayed()
  })
})
