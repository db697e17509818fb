// An auction: bids come by POST, everyone sees them by server-sent events. Three strokes of the bell without a bid in
// between, and the lot is sold. Every lot is a world of its own, so that tests can run at the same time.
import { serveApp } from '../serve-app.mjs'

const lots = new Map()

const file = name => new URL(name, import.meta.url)
serveApp({
  name: 'auction',
  files: { '/': file('page.html'), '/auction.css': file('auction.css'), '/client.js': file('client.js') },
  reset: () => lots.clear(),
  answer(request, response, url) {
    const lot = openLot(url.searchParams.get('lot') ?? 'railway')
    const route = `${request.method} ${url.pathname}`
    if (route === 'GET /events') watch(lot, url.searchParams.get('bidder'), response)
    else if (route === 'POST /bids') void reply(request, response, bid => placeBid(lot, bid))
    else if (route === 'POST /bell') void reply(request, response, () => ringBell(lot))
    else return false
    return true
  },
})

function openLot(name) {
  if (!lots.has(name)) lots.set(name, { bids: [], knocks: 0, sold: false, watchers: new Map() })
  return lots.get(name)
}

/** @param {string | null} bidder - null: someone who only watches */
function watch(lot, bidder, response) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  lot.watchers.set(response, bidder)
  response.once('close', () => {
    lot.watchers.delete(response)
    announce(lot)
  })
  announce(lot)
}

/** @returns {{ refusal?: string }} */
function placeBid(lot, { bidder, amount }) {
  const best = lot.bids[0]?.amount ?? 0
  if (lot.sold) return { refusal: 'The lot is sold' }
  if (!Number.isInteger(amount) || amount < 1) return { refusal: 'Bid whole euros' }
  if (amount <= best) return { refusal: `Too low: bid more than € ${best}` }
  lot.bids = [{ bidder: String(bidder), amount }, ...lot.bids]
  lot.knocks = 0
  announce(lot)
  return {}
}

/** @returns {{ refusal?: string }} */
function ringBell(lot) {
  if (lot.bids.length === 0) return { refusal: 'Nobody has bid' }
  lot.knocks += 1
  lot.sold = lot.knocks >= 3
  announce(lot)
  return {}
}

function announce({ bids, knocks, sold, watchers }) {
  const bidders = new Set([...watchers.values()].filter(Boolean)).size
  const text = `data: ${JSON.stringify({ bids, knocks, sold, bidders })}\n\n`
  for (const response of watchers.keys()) response.write(text)
}

async function reply(request, response, act) {
  try {
    const chunks = await request.toArray()
    const answer = act(JSON.parse(Buffer.concat(chunks).toString()))
    response.writeHead(answer.refusal ? 409 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  } catch {
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"refusal":"Not a bid"}')
  }
}
