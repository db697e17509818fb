// The callback form lends the baton: after the callback the device before it is active again, also when it throws.
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

    // Alice again, without a word.
    expect(activeDevice().name).toBe('alice')
    await expect(chatPage.typing).toHaveText('Bob is typing…')

    // What the callback returns comes back; it also gets the browser, for code that would rather name it.
    const width = await useDevice('bob', async browser => {
      await chatPage.sendButton.click()
      return (await browser.getWindowSize()).width
    })
    expect(width).toBeGreaterThan(0)

    await expect(chatPage.message('Let me think')).toBeDisplayed()
    await expect(chatPage.typing).toHaveText('')
  })
})
