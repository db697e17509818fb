import { $, browser } from '@wdio/globals'
import { serverUrl } from 'baton'
import type { ChatPage } from './chat-page.js'

/** The chat as an app: it opens links to its server, which it reaches as if it were on the phone. */
export const androidChat: ChatPage = {
  async enter(room, name) {
    await browser.execute('mobile: deepLink', { url: `${serverUrl('chat')}/?room=${room}`, package: 'baton.chat' })
    await $('~Your name').setValue(name)
    await $('~Join').click()
    await $('~Message').waitForDisplayed()
  },
  async say(text) {
    await $('~Message').setValue(text)
    await $('~Send').click()
  },
  message: text => $(`//*[@resource-id="baton.chat:id/text" and @text="${text}"]`),
  get presence() {
    return $('id=baton.chat:id/presence')
  },
  fate: async () => $('(//*[@resource-id="baton.chat:id/ticks"])[last()]').getAttribute('content-desc'),
}
