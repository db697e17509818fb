const $ = id => document.getElementById(id)
const query = new URLSearchParams(location.search)
const lot = query.get('lot') ?? 'railway'
const isAuctioneer = query.get('as') === 'auctioneer'
let myName

$('bell').hidden = !isAuctioneer
$('bid-form').hidden = isAuctioneer
$('name').focus()

$('join-form').addEventListener('submit', event => {
  event.preventDefault()
  myName = $('name').value.trim()
  if (!myName) return
  const who = isAuctioneer ? {} : { bidder: myName }
  new EventSource(`/events?${new URLSearchParams({ lot, ...who })}`).addEventListener('message', ({ data }) =>
    show(JSON.parse(data)),
  )
})

$('bid-form').addEventListener('submit', event => {
  event.preventDefault()
  void bid(Number($('amount').value))
})

$('bell').addEventListener('click', () => void post('/bell', {}))

async function bid(amount) {
  const answer = await post('/bids', { bidder: myName, amount })
  $('refusal').textContent = answer.refusal ?? ''
  if (!answer.refusal) $('amount').value = ''
}

function show({ bids, bidders, knocks, sold }) {
  const [best] = bids
  $('join-form').hidden = true
  $('auction').hidden = false
  $('bidders').textContent = bidders === 1 ? '1 bidder' : `${bidders} bidders`
  $('price').textContent = best ? `€ ${best.amount}` : '–'
  $('leader').textContent = best ? (best.bidder === myName ? 'It is yours' : `by ${best.bidder}`) : 'no bids yet'
  $('state').dataset.state = sold ? 'sold' : 'open'
  $('state').textContent = describe(best, knocks, sold)
  $('bid').disabled = $('amount').disabled = sold
  $('bell').disabled = sold || !best
  $('bids').replaceChildren(...bids.map(bidItem))
}

function describe(best, knocks, sold) {
  if (sold) return best.bidder === myName ? 'Sold – to you!' : `Sold to ${best.bidder}`
  return ['Open for bids', 'Going once…', 'Going twice…'][knocks]
}

function bidItem({ bidder, amount }) {
  const item = document.createElement('li')
  item.className = 'bid'
  for (const [className, text] of [
    ['bidder', bidder],
    ['amount', `€ ${amount}`],
  ]) {
    item.append(Object.assign(document.createElement('span'), { className, textContent: text }))
  }
  return item
}

async function post(path, body) {
  const response = await fetch(`${path}?${new URLSearchParams({ lot })}`, {
    method: 'POST',
    body: JSON.stringify(body),
  })
  return response.json()
}
