// Functions that run at the same time: each has its own active device.
import { expect } from '@wdio/globals'
import { useDevice } from 'baton'
import { auctionPage, freshLot } from '../pages/auction-page.js'

describe('three bidders at the same time', () => {
  it('agree on who bid most', async () => {
    const lot = freshLot()

    const bidder = async (name: string, amount: number): Promise<void> => {
      await auctionPage.enter(lot, name)
      await expect(auctionPage.bidders).toHaveText('3 bidders')
      await auctionPage.bid(amount)
    }
    await Promise.all([
      useDevice('alice', () => bidder('Alice', 10)),
      useDevice('bob', () => bidder('Bob', 20)),
      useDevice('carol', () => bidder('Carol', 30)),
    ])

    await useDevice('alice')
    await expect(auctionPage.price).toHaveText('€ 30')
    await useDevice('bob')
    await expect(auctionPage.leader).toHaveText('by Carol')
    await useDevice('carol')
    await expect(auctionPage.leader).toHaveText('It is yours')
  })
})
