// Fails, and is meant to: each of the two waits for a signal that the other one sets afterwards.
import { parallel, signal, until } from 'baton'
import { chatPage, freshRoom } from '../pages/chat-page.js'

describe('two polite people', () => {
  it('each let the other speak first', async () => {
    const room = freshRoom()
    await parallel({
      alice: async () => {
        await chatPage.enter(room, 'Alice')
        await until('bob has spoken')
        await chatPage.say('After you')
        signal('alice has spoken')
      },
      bob: async () => {
        await chatPage.enter(room, 'Bob')
        await until('alice has spoken')
        await chatPage.say('No, after you')
        signal('bob has spoken')
      },
    })
  })
})
