// Fails, and is meant to: Alice's last message is typed on Bob's phone, because `useDevice('alice')` is missing before it.
import { $, expect } from '@wdio/globals'
import { useDevice } from 'baton'
import { chatPage, freshRoom } from '../pages/chat-page.js'
import { meetInRoom } from '../steps/meet-in-room.js'

describe('a question', () => {
  it('is answered, and the answer is read', async () => {
    await meetInRoom(freshRoom())

    await useDevice('alice')
    await chatPage.say('Where are you?')

    await useDevice('bob')
    await expect(chatPage.message('Where are you?')).toBeDisplayed()
    await chatPage.say('At home')

    await chatPage.say('I am on my way')
    await expect($('.message:last-child .author')).toHaveText('Alice')
  })
})
