// Fails, and is meant to: the list of bids is drawn again with each bid, so a bid that was kept is gone.
import { browser, expect } from '@wdio/globals'
import { useDevice } from 'baton'
import { auctionPage, freshLot } from '../pages/auction-page.js'

describe('the first bid', () => {
  it('stays in the list', async () => {
    const lot = freshLot()
    await useDevice('alice')
    await auctionPage.enter(lot, 'Alice')
    await auctionPage.bid(100)
    await expect(auctionPage.price).toHaveText('€ 100')
    const [first] = await auctionPage.bids.getElements()

    await useDevice('bob')
    await auctionPage.enter(lot, 'Bob')
    await auctionPage.bid(120)

    await useDevice('alice')
    await expect(auctionPage.price).toHaveText('€ 120')
    expect(await browser.getElementText(first?.elementId ?? '')).toContain('€ 100')
  })
})
