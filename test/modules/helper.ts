// A helper that calls useDevice. This file only names bob; alice comes from ../steps/meet-in-room.ts.
import { expect } from '@wdio/globals'
import { activeDevice, useDevice } from 'baton'
import { chatPage, freshRoom } from '../pages/chat-page.js'
import { meetInRoom } from '../steps/meet-in-room.js'

describe('a helper that passes the baton', () => {
  it('leaves the device active that it used last', async () => {
    await meetInRoom(freshRoom())
    expect(activeDevice().name).toBe('bob')
    await chatPage.say('Hello Alice')
    await expect(chatPage.ticks).toHaveAttribute('data-state', 'delivered')
  })

  it('gives each test its own conversation', async () => {
    await meetInRoom(freshRoom())
    await useDevice('bob')
    await expect(chatPage.messages).toBeElementsArrayOfSize(0)
  })
})
