// One device, and not a word about which: a module without useDevice runs on any device that is free.
import { $, browser, expect } from '@wdio/globals'
import { serverUrl } from 'baton'

describe('chat on one device', () => {
  it('shows a message to the one who sent it', async () => {
    // The run starts the servers of devices.json on free ports; serverUrl says where.
    await browser.url(`${serverUrl('chat')}/?room=one-device-${Date.now()}`)
    await $('#name').setValue('Robinson')
    await $('#join').click()

    await $('#message').setValue('Is anybody here?')
    await $('#send').click()

    // Matchers wait until they hold: no pauses are needed, and none should be written.
    await expect($('.message .text')).toHaveText('Is anybody here?')
    await expect($('.message .ticks')).toHaveAttribute('data-state', 'sent')
    await expect($('#presence')).toHaveText('only you')
  })
})
