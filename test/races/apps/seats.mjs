// Race: a seat is given back twice, the second time after someone else has taken it; both then pay for it.
export const html = `<p id="row">Row 4</p> <p id="seat"></p> <button id="take">Take</button>
  <button id="return">Give back</button> <button id="pay">Pay</button> <p id="mine"></p> <p id="returned"></p>`
export const newRoom = () => ({ holder: undefined, sold: false })

const stateOf = room => (room.sold ? 'sold' : room.holder ? 'taken' : 'free')
const announce = room => room.broadcast({ type: 'seat', state: stateOf(room) })

export const requests = {
  'GET seat': room => ({ state: stateOf(room) }),
  'POST take'(room, { me }) {
    const ok = !room.sold && room.holder === undefined
    if (ok) room.holder = me
    announce(room)
    return { ok }
  },
  'POST return'(room, { me, race }) {
    if (race || room.holder === me) room.holder = undefined
    announce(room)
  },
  'POST pay'(room, { me, race }) {
    const ok = race || (!room.sold && room.holder === me)
    if (ok) room.sold = true
    announce(room)
    return { ok }
  },
}

export async function page({ connect, onClick, request, show }) {
  const update = ({ state }) => show('seat', state)
  await connect('live', { seat: update })
  update(await request('GET', 'seat'))
  onClick('take', async () => {
    show('mine', '')
    show('mine', (await request('POST', 'take')).ok ? 'held' : 'refused')
  })
  onClick('return', async () => {
    await request('POST', 'return')
    show('returned', 'returned')
  })
  onClick('pay', async () => show('mine', (await request('POST', 'pay')).ok ? 'paid' : 'unpaid'))
}
