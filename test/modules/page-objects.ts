// Page objects written for WebdriverIO work as they are: one object serves every device, see ../pages/chat-page.ts.
import { expect } from '@wdio/globals'
import { useDevice } from 'baton'
import { chatPage, freshRoom } from '../pages/chat-page.js'

describe('a room', () => {
  it('shows to a newcomer what was said before', async () => {
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

  it('notices who leaves', async () => {
    const room = freshRoom()

    await useDevice('alice')
    await chatPage.enter(room, 'Alice')

    const bob = await useDevice('bob')
    await chatPage.enter(room, 'Bob')
    await expect(chatPage.presence).toHaveText('2 here')
    await bob.url('about:blank') // useDevice returns the device's browser, which is `browser` just now

    await useDevice('alice')
    await expect(chatPage.presence).toHaveText('only you')
  })
})
