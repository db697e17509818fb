// Roles instead of devices: `export const devices` selects a device for each role, by labels of devices.json. Any phone
// and any tablet will do, so this module doesn't wait for a particular device.
import { expect } from '@wdio/globals'
import { activeDevice, useDevice } from 'baton'
import { chatPage, freshRoom } from '../pages/chat-page.js'

export const devices = { writer: ['phone'], reader: ['tablet'] }

describe('a phone and a tablet', () => {
  it('meet in one room', async () => {
    const room = freshRoom()

    await useDevice('reader')
    expect(activeDevice().labels).toContain('tablet')
    await chatPage.enter(room, 'Reader')

    await useDevice('writer')
    expect(activeDevice().labels).toContain('phone')
    await chatPage.enter(room, 'Writer')
    await chatPage.say('Does this fit your screen?')

    await useDevice('reader')
    await expect(chatPage.message('Does this fit your screen?')).toBeDisplayed()
  })
})
