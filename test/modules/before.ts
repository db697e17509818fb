// `before` prepares the devices for every test, and each test starts with the device that `before` left active. A
// useDevice in a test ends with the test, so --grep and .only never change which phone is driven.
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
    // Alice, although the previous test ended on bob.
    expect(activeDevice().name).toBe('alice')
    await expect(auctionPage.leader).toHaveText('It is yours')
  })
})
