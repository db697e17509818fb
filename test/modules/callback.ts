// The callback form: after the callback, also if it throws, the previous device is active again.
import { expect } from '@wdio/globals'
import { activeDevice, useDevice } from 'baton'
import { chatPage, freshRoom } from '../pages/chat-page.js'

describe('the typing indicator', () => {
  it('shows while the other one holds a draft', async () => {
    const room = freshRoom()
    await useDevice('alice')
    await chatPage.enter(room, 'Alice')

    await useDevice('bob', async () => {
      await chatPage.enter(room, 'Bob')
      await chatPage.messageField.setValue('Let me think')
    })

    // Alice is active again.
    expect(activeDevice().name).toBe('alice')
    await expect(chatPage.typing).toHaveText('Bob is typing…')

    // useDevice returns the callback's value. The callback receives the device's browser.
    const width = await useDevice('bob', async browser => {
      await chatPage.sendButton.click()
      return (await browser.getWindowSize()).width
    })
    expect(width).toBeGreaterThan(0)

    await expect(chatPage.message('Let me think')).toBeDisplayed()
    await expect(chatPage.typing).toHaveText('')
  })
})
