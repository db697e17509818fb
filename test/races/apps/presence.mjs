// Race: someone leaves and comes back, and the server hears of the leaving last.
export const html = `<button id="leave">Leave</button> <button id="return">Return</button> <button id="wave">Wave</button>
  <p id="left"></p> <p id="others"></p> <p id="waved"></p>`
export const newRoom = () => ({ visits: new Map() })

const everyone = room => ({ type: 'present', names: [...room.visits.keys()] })

export const requests = {
  'POST leave'(room, { me, race, body }) {
    if (race || room.visits.get(me) === body.visit) room.visits.delete(me)
    room.broadcast(everyone(room))
  },
}

export function receive(room, { me }, { type, visit }) {
  if (type === 'wave') room.broadcast({ type: 'waved' }, { except: me })
  else {
    room.visits.set(me, visit)
    room.broadcast(everyone(room))
  }
}

export async function page({ connect, onClick, request, show, showWords }) {
  let visit = 0
  let socket
  async function enter() {
    socket = await connect('live', {
      present: ({ names }) => showWords('others', names),
      waved: () => show('waved', 'waved'),
    })
    visit += 1
    socket.say('enter', { visit })
  }
  await enter()

  onClick('leave', async () => {
    show('status', 'away')
    socket.close()
    await request('POST', 'leave', { visit })
    show('left', 'left')
  })
  onClick('return', async () => {
    await enter()
    show('status', 'ready')
  })
  onClick('wave', () => socket.say('wave'))
}
