// A helper that passes the baton: this file names no device but bob; alice comes from ../steps/meet-in-room.ts.
import { expect } from '@wdio/globals'
import { activeDevice, useDevice } from 'baton'
import { chatPage, freshRoom } from '../pages/chat-page.js'
import { meetInRoom } from '../steps/meet-in-room.js'

describe('a helper that passes the baton', () => {
  it('leaves it where it passed it last', async () => {
    await meetInRoom(freshRoom())
    expect(activeDevice().name).toBe('bob')
    await chatPage.say('Hello Alice')
    await expect(chatPage.ticks).toHaveAttribute('data-state', 'delivered')
  })

  it('gives each test a conversation of its own', async () => {
    await meetInRoom(freshRoom())
    await useDevice('bob')
    await expect(chatPage.messages).toBeElementsArrayOfSize(0)
  })
})
