// Three devices: two phones outbid each other, and a tablet is the auctioneer's.
import { expect } from '@wdio/globals'
import { useDevice } from 'baton'
import { auctionPage, freshLot } from '../pages/auction-page.js'

describe('an auction', () => {
  it('goes to whoever bids most before the third stroke of the bell', async () => {
    const lot = freshLot()

    await useDevice('carol')
    await auctionPage.enter(lot, 'Carol', 'auctioneer')

    await useDevice('alice')
    await auctionPage.enter(lot, 'Alice')
    await auctionPage.bid(100)
    await expect(auctionPage.leader).toHaveText('It is yours')

    await useDevice('bob')
    await auctionPage.enter(lot, 'Bob')
    await auctionPage.bid(100)
    await expect(auctionPage.refusal).toHaveText('Too low: bid more than € 100')
    await auctionPage.bid(120)

    await useDevice('carol')
    await expect(auctionPage.bidders).toHaveText('2 bidders')
    await expect(auctionPage.price).toHaveText('€ 120')
    await auctionPage.ringBell()
    await auctionPage.ringBell()
    await expect(auctionPage.state).toHaveText('Going twice…')

    // A bid at the last moment: the auctioneer starts over.
    await useDevice('alice')
    await auctionPage.bid(150)
    await expect(auctionPage.state).toHaveText('Open for bids')

    await useDevice('carol')
    await expect(auctionPage.price).toHaveText('€ 150')
    for (const after of ['Going once…', 'Going twice…', 'Sold to Alice']) {
      await auctionPage.ringBell()
      await expect(auctionPage.state).toHaveText(after)
    }

    await useDevice('bob')
    await expect(auctionPage.state).toHaveText('Sold to Alice')
    await expect(auctionPage.bidButton).toBeDisabled()
  })
})
