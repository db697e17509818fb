import { $, browser } from '@wdio/globals'
import { serverUrl } from 'baton'
import type { ChatPage } from './chat-page.js'

/** The chat in a browser. */
export const webChat: ChatPage = {
  async enter(room, name) {
    await browser.url(`${serverUrl('chat')}/?room=${room}`)
    await $('#name').setValue(name)
    await $('#join').click()
    await $('#message').waitForDisplayed()
  },
  async say(text) {
    await $('#message').setValue(text)
    await $('#send').click()
  },
  message: text => $(`.text=${text}`),
  get presence() {
    return $('#presence')
  },
  fate: async () => $('.message:last-child .ticks').getAttribute('data-state'),
}
