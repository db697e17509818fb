import { randomUUID } from 'node:crypto'
import { $, $$, browser } from '@wdio/globals'
import { serverUrl } from 'baton'

/** A room that nobody else is in: tests that run at the same time, or again, don't meet. */
export const freshRoom = (): string => randomUUID().slice(0, 8)

/**
 * The chat, as a page object that knows nothing of devices: a getter looks up its element each time, on whichever device
 * holds the baton just then.
 */
class ChatPage {
  get nameField() {
    return $('#name')
  }

  get joinButton() {
    return $('#join')
  }

  get messageField() {
    return $('#message')
  }

  get sendButton() {
    return $('#send')
  }

  get messages() {
    return $$('.message')
  }

  get lastText() {
    return $('.message:last-child .text')
  }

  get ticks() {
    return $('.message .ticks')
  }

  get presence() {
    return $('#presence')
  }

  get typing() {
    return $('#typing')
  }

  get callButton() {
    return $('#call')
  }

  get answerButton() {
    return $('#answer')
  }

  get hangUpButton() {
    return $('#hang-up')
  }

  get callState() {
    return $('#call-state')
  }

  /**
   * The message of exactly this text. Wait for it rather than for `lastText` to change: an element, once found, remains
   * the one that was found, also when another comes after it.
   */
  message(text: string) {
    return $(`.text=${text}`)
  }

  async enter(room: string, name: string): Promise<void> {
    await browser.url(`${serverUrl('chat')}/?room=${room}`)
    await this.nameField.setValue(name)
    await this.joinButton.click()
    await this.messageField.waitForDisplayed()
  }

  async say(text: string): Promise<void> {
    await this.messageField.setValue(text)
    await this.sendButton.click()
  }
}

export const chatPage = new ChatPage()
