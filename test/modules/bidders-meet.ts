// Three bidders at one auction. A barrier releases them together: nobody bids before all are in the room, and nobody
// checks the price before all have bid.
import { expect } from '@wdio/globals'
import { barrier, parallel } from 'baton'
import { auctionPage, freshLot } from '../pages/auction-page.js'

describe('three bidders who meet', () => {
  it('bid at once, and all see who bid most', async () => {
    const lot = freshLot()

    const bidder = async (name: string, amount: number): Promise<string> => {
      await auctionPage.enter(lot, name)
      await barrier('all are in the room')
      await auctionPage.bid(amount)
      await barrier('all have bid')
      await expect(auctionPage.price).toHaveText('€ 30')
      return await auctionPage.leader.getText()
    }
    const leaders = await parallel({
      alice: () => bidder('Alice', 10),
      bob: () => bidder('Bob', 20),
      carol: () => bidder('Carol', 30),
    })

    expect(leaders).toEqual({ alice: 'by Carol', bob: 'by Carol', carol: 'It is yours' })
  })
})
