// Fails, and is meant to: Bob never answers, and the test's time is over before the wait for him.
import { $ } from '@wdio/globals'
import { useDevice } from 'baton'
import { freshRoom } from '../pages/chat-page.js'
import { meetInRoom } from '../steps/meet-in-room.js'

describe('patience', () => {
  it('has an end', async function () {
    await meetInRoom(freshRoom())
    await useDevice('alice')
    this.timeout(3_000) // from here on
    await $('.message').waitForDisplayed({ timeout: 60_000 })
  })
})
