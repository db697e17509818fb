// A real-time chat over WebSockets, with calls. Every room is a world of its own, so that tests can run at the same time.
import { WebSocketServer } from 'ws'
import { serveApp } from '../serve-app.mjs'

const keptMessages = 200
const rooms = new Map()

const file = name => new URL(name, import.meta.url)
const server = serveApp({
  name: 'chat',
  files: { '/': file('page.html'), '/chat.css': file('chat.css'), '/client.js': file('client.js') },
  reset: () => rooms.clear(),
})

new WebSocketServer({ server, maxPayload: 10_000 }).on('connection', (socket, request) => {
  const query = new URL(request.url, 'http://localhost').searchParams
  const room = openRoom(query.get('room') ?? 'lobby')
  const member = { socket, name: (query.get('name') ?? 'anonymous').slice(0, 30) }
  join(room, member)
  socket.on('message', (/** @type {Buffer} */ data) => hear(room, member, parse(data.toString('utf8'))))
  socket.on('close', () => leave(room, member))
  socket.on('error', () => socket.terminate())
})

function openRoom(name) {
  if (!rooms.has(name)) rooms.set(name, { members: new Set(), messages: [], call: undefined })
  return rooms.get(name)
}

function join(room, member) {
  room.members.add(member)
  tell(member, { type: 'joined', messages: room.messages })
  tellAll(room, { type: 'presence', count: room.members.size })
}

function leave(room, member) {
  room.members.delete(member)
  if (isInCall(room, member)) setCall(room, undefined)
  tellOthers(room, member, { type: 'typing', name: member.name, on: false })
  tellAll(room, { type: 'presence', count: room.members.size })
}

function hear(room, member, event) {
  switch (event.type) {
    case 'say':
      say(room, member, { id: event.id, from: member.name, text: String(event.text) })
      break
    case 'typing':
      tellOthers(room, member, { type: 'typing', name: member.name, on: Boolean(event.on) })
      break
    case 'call':
      if (!room.call) setCall(room, { state: 'ringing', from: member.name })
      break
    case 'answer':
      if (room.call?.state === 'ringing' && !isInCall(room, member)) {
        setCall(room, { ...room.call, state: 'connected', with: member.name })
      }
      break
    case 'hang-up':
      if (isInCall(room, member)) setCall(room, undefined)
      break
    case 'received': {
      const author = room.messages.find(message => message.id === event.id)?.from
      const authors = [...room.members].filter(({ name }) => name === author)
      for (const other of authors) tell(other, { type: 'delivered', id: event.id })
      break
    }
  }
}

function isInCall({ call }, { name }) {
  return call !== undefined && (call.from === name || call.with === name)
}

function setCall(room, call) {
  room.call = call
  tellAll(room, { type: 'call', call: call ?? { state: 'over' } })
}

function parse(text) {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    return {}
  }
}

function say(room, member, message) {
  room.messages = [...room.messages, message].slice(-keptMessages)
  tell(member, { type: 'sent', id: message.id })
  tellOthers(room, member, { type: 'typing', name: member.name, on: false })
  tellOthers(room, member, { type: 'message', message })
}

function tell(member, event) {
  member.socket.send(JSON.stringify(event))
}

function tellAll(room, event) {
  for (const member of room.members) tell(member, event)
}

function tellOthers(room, member, event) {
  for (const other of room.members) if (other !== member) tell(other, event)
}
