// Page objects for WebdriverIO work unchanged: one object serves every device, see ../pages/chat-page.ts.
import { expect } from '@wdio/globals'
import { useDevice } from 'baton'
import { chatPage, freshRoom } from '../pages/chat-page.js'

describe('a room', () => {
  it('shows earlier messages to a newcomer', async () => {
    const room = freshRoom()

    await useDevice('alice')
    await chatPage.enter(room, 'Alice')
    await chatPage.say('First')
    await chatPage.say('Second')

    await useDevice('bob')
    await chatPage.enter(room, 'Bob')
    await expect(chatPage.messages).toBeElementsArrayOfSize(2)
    await expect(chatPage.lastText).toHaveText('Second')
  })

  it('shows who has left', async () => {
    const room = freshRoom()

    await useDevice('alice')
    await chatPage.enter(room, 'Alice')

    const bob = await useDevice('bob')
    await chatPage.enter(room, 'Bob')
    await expect(chatPage.presence).toHaveText('2 here')
    await bob.url('about:blank') // useDevice returns the device's browser, now also `browser`

    await useDevice('alice')
    await expect(chatPage.presence).toHaveText('only you')
  })
})
