// Two devices at the same time: a call that rings on one while the other answers. Each branch has its own device; signals
// and barriers synchronize the branches.
import { expect } from '@wdio/globals'
import { barrier, parallel, signal, until } from 'baton'
import { chatPage, freshRoom } from '../pages/chat-page.js'

describe('a call', () => {
  it('rings until it is answered, and ends for both', async () => {
    const room = freshRoom()

    await parallel({
      alice: async () => {
        await chatPage.enter(room, 'Alice')
        await barrier('both are there')
        await chatPage.callButton.click()
        await expect(chatPage.callState).toHaveText('Ringing…')
        signal('ringing')

        await expect(chatPage.callState).toHaveText('In a call with Bob')
        await barrier('talking')
        await chatPage.hangUpButton.click()
        await expect(chatPage.callState).toHaveText('The call is over')
      },
      bob: async () => {
        await chatPage.enter(room, 'Bob')
        await barrier('both are there')
        await until('ringing')
        await expect(chatPage.callState).toHaveText('Alice is calling')
        await chatPage.answerButton.click()

        await expect(chatPage.callState).toHaveText('In a call with Alice')
        await barrier('talking')
        await expect(chatPage.callState).toHaveText('The call is over')
      },
    })
  })
})
