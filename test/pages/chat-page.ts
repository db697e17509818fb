import { randomUUID } from 'node:crypto'
import { $, $$, browser } from '@wdio/globals'
import { serverUrl } from 'baton'

/** Returns the name of a new room, so that tests never meet each other. */
export const freshRoom = (): string => randomUUID().slice(0, 8)

/**
 * The chat, as a page object that knows nothing about devices: each getter looks up its element on the device that is
 * active at that moment.
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
   * The message with exactly this text. Wait for it instead of for a change of `lastText`: an element that was found stays
   * the same, even if another message follows.
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
