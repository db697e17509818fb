// Race, with a clock: the server has connected a call, but the caller gives up before the news arrives.
export const html = `<button id="call">Call</button> <button id="answer">Answer</button> <p id="state">idle</p>`
export const newRoom = () => ({ call: 'none' })
const patienceMs = 2000

export function receive(room, { me, race }, { type }) {
  if (type === 'call') {
    room.call = 'ringing'
    room.broadcast({ type: 'ringing' }, { except: me })
  } else if (type === 'answer' && room.call === 'ringing') {
    room.call = 'connected'
    room.broadcast({ type: 'connected' })
  } else if (type === 'give-up' && (!race || room.call === 'ringing')) {
    room.call = 'over'
    room.broadcast({ type: 'over' }, { except: me })
  }
}

export async function page({ connect, onClick, show, shown }) {
  let patience
  const socket = await connect('live', {
    ringing: () => show('state', 'ringing'),
    over: () => show('state', 'over'),
    connected() {
      clearTimeout(patience)
      if (shown('state') !== 'no answer') show('state', 'connected')
    },
  })
  onClick('call', () => {
    show('state', 'calling')
    socket.say('call')
    patience = setTimeout(() => {
      show('state', 'no answer')
      socket.say('give-up')
    }, patienceMs)
  })
  onClick('answer', () => socket.say('answer'))
}
