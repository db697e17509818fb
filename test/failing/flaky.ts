// Fails at first, and is meant to: it looks for a message before anybody has sent it. With `--retries 1` it passes, because the
// message of the first attempt is still in the room.
import { expect } from '@wdio/globals'
import { useDevice } from 'baton'
import { chatPage } from '../pages/chat-page.js'

describe('the lobby', () => {
  it('has a greeting', async () => {
    await useDevice('bob')
    await chatPage.enter('lobby', 'Bob')
    const greeted = await chatPage.message('Welcome').isDisplayed()

    await useDevice('alice')
    await chatPage.enter('lobby', 'Alice')
    await chatPage.say('Welcome')
    await expect(chatPage.message('Welcome')).toBeDisplayed()
    expect(greeted).toBe(true)
  })
})
