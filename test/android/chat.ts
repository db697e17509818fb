// One script, two platforms: alice and bob meet in one room, one on a phone and one in a browser. Which of them is which,
// devices.json says; how the chat is driven, the page objects know.
import { expect } from '@wdio/globals'
import { useDevice } from 'baton'
import { chat } from './pages/chat-page.js'

describe('a phone and a browser', () => {
  it('talk to each other', async () => {
    const room = `android-${Date.now()}`

    await useDevice('alice')
    await chat().enter(room, 'Alice')
    await useDevice('bob')
    await chat().enter(room, 'Bob')
    await expect(chat().presence).toHaveText('2 here')

    await chat().say('Hello from Bob')
    await useDevice('alice')
    await expect(chat().message('Hello from Bob')).toBeDisplayed()
    await chat().say('Hello from Alice')

    await useDevice('bob')
    await expect(chat().message('Hello from Alice')).toBeDisplayed()
    await useDevice('alice')
    expect(await chat().fate()).toBe('delivered')
  })
})
