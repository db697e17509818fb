// Fails, and is meant to: `npm run -s baton -- run test/failing/lost-message.ts` shows what a failure looks like. Bob is
// in another room, so that the message never reaches him.
import { expect } from '@wdio/globals'
import { useDevice } from 'baton'
import { chatPage, freshRoom } from '../pages/chat-page.js'

describe('a message to the wrong room', () => {
  it('is delivered all the same', async () => {
    await useDevice('alice')
    await chatPage.enter(freshRoom(), 'Alice')
    await useDevice('bob')
    await chatPage.enter(freshRoom(), 'Bob')

    await useDevice('alice')
    await chatPage.say('Where are you?')

    await useDevice('bob')
    await expect(chatPage.lastText).toHaveText('Where are you?')
  })
})
