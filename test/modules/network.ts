// The network of each device alone: bob's phone loses its connection, and alice's bid arrives late.
import { expect } from '@wdio/globals'
import { network, useDevice } from 'baton'
import { auctionPage, freshLot } from '../pages/auction-page.js'

describe('the network of one device', () => {
  let lot: string
  beforeEach(async () => {
    lot = freshLot()
    await useDevice('alice', () => auctionPage.enter(lot, 'Alice'))
    await useDevice('bob', () => auctionPage.enter(lot, 'Bob'))
  })

  it('bob catches up after he was offline', async () => {
    await network('bob').offline()
    await useDevice('alice', () => auctionPage.bid(10))
    await useDevice('alice', () => expect(auctionPage.price).toHaveText('€ 10'))

    await useDevice('bob')
    await expect(auctionPage.price).not.toHaveText('€ 10')
    await network('bob').online()
    await expect(auctionPage.price).toHaveText('€ 10')
  })

  it("alice's bid is too low if bob's arrives first", async () => {
    const late = await network('alice').hold('POST /bids')
    await useDevice('alice', () => auctionPage.bid(10))
    await late.arrived()

    await useDevice('bob', () => auctionPage.bid(20))
    await useDevice('bob', () => expect(auctionPage.price).toHaveText('€ 20'))
    await late.release()

    await useDevice('alice')
    await expect(auctionPage.refusal).toHaveText('Too low: bid more than € 20')
    expect(await network('alice').messages('response POST /bids')).toHaveLength(1)
  })
})
