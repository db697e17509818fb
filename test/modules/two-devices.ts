// Two devices. After useDevice, `$`, `browser` and `expect` mean that device, so the whole conversation reads from top to
// bottom.
import { $, browser, expect } from '@wdio/globals'
import { serverUrl, useDevice } from 'baton'

describe('chat between two devices', () => {
  it('delivers a message', async () => {
    const url = `${serverUrl('chat')}/?room=two-devices-${Date.now()}`

    await useDevice('alice')
    await browser.url(url)
    await $('#name').setValue('Alice')
    await $('#join').click()

    await useDevice('bob')
    await browser.url(url)
    await $('#name').setValue('Bob')
    await $('#join').click()
    await expect($('#presence')).toHaveText('2 here')

    await useDevice('alice')
    await $('#message').setValue('hi')
    await $('#send').click()

    await useDevice('bob')
    await expect($('.message .author')).toHaveText('Alice')
    await expect($('.message .text')).toHaveText('hi')

    // Back on the first device, in the same state as before.
    await useDevice('alice')
    await expect($('.message .ticks')).toHaveAttribute('data-state', 'delivered')
  })
})
