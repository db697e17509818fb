// Race: a bid is checked, then placed by a second request that trusts the check, and the lot is sold in between.
export const html = `<p id="lot">A railway</p> <p id="price">10</p> <input id="amount" /> <button id="bid">Bid</button>
  <button id="close">Close</button> <p id="mine"></p> <p id="sold"></p>`
export const newRoom = () => ({ price: 10, sold: false })

export const requests = {
  'POST check': (room, { body }) => ({ ok: !room.sold && body.amount > room.price }),
  'POST bid'(room, { race, body }) {
    if (!race && (room.sold || body.amount <= room.price)) return { ok: false }
    room.price = body.amount
    return { ok: true }
  },
  'POST close'(room) {
    room.sold = true
    return { price: room.price }
  },
}

export function page({ onClick, request, show, value }) {
  onClick('bid', async () => {
    const bid = { amount: Number(value('amount')) }
    const ok = (await request('POST', 'check', bid)).ok && (await request('POST', 'bid', bid)).ok
    show('mine', ok ? `placed ${bid.amount}` : 'too late')
  })
  onClick('close', async () => show('sold', `sold for ${(await request('POST', 'close')).price}`))
}
