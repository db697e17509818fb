// An app with a webview: what is the app's own and what is in the page, in one script. In the page everything is as in a
// browser, page objects for the web included.
import { $, browser, expect } from '@wdio/globals'
import { activeDevice, serverUrl, useDevice } from 'baton'
import { webChat } from './pages/web-chat.js'

const page = 'WEBVIEW_baton.hybrid'

describe('an app with a webview, and another device', () => {
  it('talk to each other', async () => {
    const room = `hybrid-${Date.now()}`

    await useDevice('alice')
    await enter(room, 'Alice')
    await useDevice('bob')
    await enter(room, 'Bob')
    await webChat.say('Hello from Bob')

    await useDevice('alice')
    await expect(webChat.message('Hello from Bob')).toBeDisplayed()
    await webChat.say('Hello from Alice')
    await useDevice('bob')
    await expect(webChat.message('Hello from Alice')).toBeDisplayed()

    await useDevice('alice')
    await browser.switchContext('NATIVE_APP')
    await $('~Reload').click()
    await browser.switchContext(page)
    await expect($('#join')).toBeDisplayed()
  })
})

/** In the page of the app on a phone, in the browser itself elsewhere. */
async function enter(room: string, name: string): Promise<void> {
  if (activeDevice().platform === 'android') {
    expect(await browser.getContext()).toBe('NATIVE_APP')
    await browser.execute('mobile: deepLink', { url: serverUrl('chat'), package: 'baton.hybrid' })
    // A simulated phone starts a whole Chromium for it.
    await expect($('id=baton.hybrid:id/title')).toHaveText('Chat', { wait: 20_000 })
    await browser.switchContext(page)
  }
  await webChat.enter(room, name)
}
