// What `before` prepares is there for every test, and so is the baton: each test starts where `before` left it. A pass
// inside a test ends with that test, so that --grep and .only never change which phone is driven.
import { expect } from '@wdio/globals'
import { activeDevice, useDevice } from 'baton'
import { auctionPage, freshLot } from '../pages/auction-page.js'

describe('bids', () => {
  before(async () => {
    const lot = freshLot()
    await useDevice('bob')
    await auctionPage.enter(lot, 'Bob')
    await useDevice('alice')
    await auctionPage.enter(lot, 'Alice')
    await auctionPage.bid(10)
  })

  it('are seen by the others at once', async () => {
    expect(activeDevice().name).toBe('alice')
    await useDevice('bob')
    await expect(auctionPage.price).toHaveText('€ 10')
  })

  it('are known to the one who bid', async () => {
    // Alice, although the test before ended on bob.
    expect(activeDevice().name).toBe('alice')
    await expect(auctionPage.leader).toHaveText('It is yours')
  })
})
