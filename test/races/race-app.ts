import { randomUUID } from 'node:crypto'
import { $, browser, expect } from '@wdio/globals'
import { serverUrl } from 'baton'

/** The steps of a test with an app that has a race, in a room of its own. Without `REPAIRED`, the race is there. */
export class RaceApp {
  readonly #room = randomUUID().slice(0, 8)

  /** @param name - of the app */
  constructor(private readonly name: string) {}

  /** Opens the app on the device that acts. @param me - the name of its user */
  async enter(me: string): Promise<void> {
    const race = process.env['REPAIRED'] ? 0 : 1
    await browser.url(`${serverUrl('races')}/${this.name}?room=${this.#room}&me=${me}&race=${race}`)
    await this.shows('status', 'ready')
  }

  async click(id: string): Promise<void> {
    await $(`#${id}`).click()
  }

  async type(id: string, text: string): Promise<void> {
    await $(`#${id}`).setValue(text)
  }

  /** Waits until an element has this text. */
  async shows(id: string, text: string | RegExp): Promise<void> {
    await expect($(`#${id}`)).toHaveText(text)
  }

  async read(id: string): Promise<string> {
    return await $(`#${id}`).getText()
  }

  /** Waits until an element has such a text. @returns all of its text */
  async outcome(id: string, text: RegExp): Promise<string> {
    await this.shows(id, text)
    return await this.read(id)
  }
}
