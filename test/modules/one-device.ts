// One device: a module that never calls useDevice runs on any free device.
import { $, browser, expect } from '@wdio/globals'
import { serverUrl } from 'baton'

describe('chat on one device', () => {
  it('shows a message to the one who sent it', async () => {
    // The run starts the servers of devices.json on free ports; serverUrl returns their URLs.
    await browser.url(`${serverUrl('chat')}/?room=one-device-${Date.now()}`)
    await $('#name').setValue('Robinson')
    await $('#join').click()

    await $('#message').setValue('Is anybody here?')
    await $('#send').click()

    // Matchers wait until they pass: don't add pauses.
    await expect($('.message .text')).toHaveText('Is anybody here?')
    await expect($('.message .ticks')).toHaveAttribute('data-state', 'sent')
    await expect($('#presence')).toHaveText('only you')
  })
})
