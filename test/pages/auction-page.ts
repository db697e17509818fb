import { randomUUID } from 'node:crypto'
import { $, $$, browser } from '@wdio/globals'
import { serverUrl } from 'baton'

/** Returns the name of a new lot, which no other test bids for. */
export const freshLot = (): string => randomUUID().slice(0, 8)

class AuctionPage {
  get price() {
    return $('#price')
  }

  get leader() {
    return $('#leader')
  }

  get state() {
    return $('#state')
  }

  get bidders() {
    return $('#bidders')
  }

  get bids() {
    return $$('.bid')
  }

  get refusal() {
    return $('#refusal')
  }

  get bidButton() {
    return $('#bid')
  }

  async enter(lot: string, name: string, as: 'bidder' | 'auctioneer' = 'bidder'): Promise<void> {
    await browser.url(`${serverUrl('auction')}/?lot=${lot}&as=${as}`)
    await $('#name').setValue(name)
    await $('#join').click()
    await this.price.waitForDisplayed()
  }

  async bid(amount: number): Promise<void> {
    await $('#amount').setValue(amount)
    await this.bidButton.click()
  }

  async ringBell(): Promise<void> {
    await $('#bell').click()
  }
}

export const auctionPage = new AuctionPage()
