// Fails, and is meant to: `npm run -s baton -- run test/failing/lost-message.ts` shows what a failure looks like. Alice
// has gone to another room, so that her second message never reaches Bob.
import { expect } from '@wdio/globals'
import { useDevice } from 'baton'
import { chatPage, freshRoom } from '../pages/chat-page.js'
import { meetInRoom } from '../steps/meet-in-room.js'

describe('a conversation', () => {
  it('goes on when one of the two changes rooms', async () => {
    await meetInRoom(freshRoom())

    await useDevice('alice')
    await chatPage.say('Hello')

    await useDevice('bob')
    await expect(chatPage.message('Hello')).toBeDisplayed()

    await useDevice('alice')
    await chatPage.enter(freshRoom(), 'Alice')
    await chatPage.say('Where are you?')

    await useDevice('bob')
    await expect(chatPage.lastText).toHaveText('Where are you?')
  })
})
