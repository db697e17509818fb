// Race (glare): two people call each other at once, and each finds the other one busy.
export const html = `<p id="name">Ann</p> <button id="phone">Call or answer</button> <p id="state">idle</p>`
export const newRoom = () => ({ caller: undefined })

export function receive(room, { me, race }, { type }) {
  if (type === 'call' && (race || room.caller === undefined)) {
    room.caller = me
    room.broadcast({ type: 'ringing' }, { except: me })
  } else if (type === 'busy') room.broadcast({ type: 'busy' })
  else room.broadcast({ type: 'connected' })
}

export async function page({ connect, onClick, race, show, shown }) {
  const socket = await connect('live', {
    ringing() {
      if (shown('state') === 'idle') show('state', 'ringing')
      else if (race) socket.say('busy')
    },
    busy: () => show('state', 'busy'),
    connected: () => show('state', 'connected'),
  })
  onClick('phone', () => {
    socket.say(shown('state') === 'ringing' ? 'answer' : 'call')
    show('state', 'calling')
  })
}
