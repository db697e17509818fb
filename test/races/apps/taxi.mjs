// Race: a driver reserves a ride that was cancelled and requested again meanwhile, and that another driver has accepted.
export const html = `<p id="fare">12</p> <button id="request">Request</button> <button id="cancel">Cancel</button>
  <p id="ride"></p> <button id="accept">Accept</button> <p id="state">idle</p>`
export const newRoom = () => ({ open: false, accepted: undefined, driver: undefined })

export function receive(room, client, { type }) {
  if (type === 'request' || type === 'cancel') ask(room, client, type)
  else if (type === 'accept') {
    const free = room.open && !room.accepted && !room.driver
    if (free) room.accepted = client.me
    client.send({ type: free ? 'reserve' : 'gone' })
  } else {
    const valid = room.open && (client.race || room.accepted === client.me)
    client.send({ type: valid ? 'yours' : 'gone' })
    if (!valid) return
    room.driver = client.me
    room.broadcast({ type: 'taken', by: client.me }, { except: client.me })
  }
}

function ask(room, client, type) {
  if (room.driver) {
    client.send({ type: 'taken', by: room.driver })
    return
  }
  room.open = type === 'request'
  room.accepted = undefined
  client.send({ type: room.open ? 'requested' : 'cancelled' })
  if (room.open) room.broadcast({ type: 'offer' }, { except: client.me })
}

export async function page({ connect, me, onClick, show, shown }) {
  const isRider = me === 'carol'
  const socket = await connect('live', {
    requested: () => show('ride', 'requested'),
    cancelled: () => show('ride', 'cancelled'),
    offer: () => shown('state') === 'idle' && show('state', 'offer'),
    reserve: () => socket.say('reserved'),
    yours: () => show('state', 'yours'),
    gone: () => show('state', 'gone'),
    taken({ by }) {
      if (isRider) show('ride', `driver ${by}`)
      else if (shown('state') !== 'accepting' && shown('state') !== 'yours') show('state', 'gone')
    },
  })
  onClick('request', () => {
    show('ride', 'requesting')
    socket.say('request')
  })
  onClick('cancel', () => socket.say('cancel'))
  onClick('accept', () => {
    show('state', 'accepting')
    socket.say('accept')
  })
}
