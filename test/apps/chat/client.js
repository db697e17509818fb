const $ = id => document.getElementById(id)
const room = new URLSearchParams(location.search).get('room') ?? 'lobby'
const ticksByState = { sending: '', sent: '✓', delivered: '✓✓' }
const typing = new Set()
let socket
let myName
let sent = 0

$('room').textContent = `#${room}`
$('name').focus()

$('join-form').addEventListener('submit', event => {
  event.preventDefault()
  myName = $('name').value.trim()
  if (!myName) return
  socket = new WebSocket(`ws://${location.host}/?${new URLSearchParams({ room, name: myName })}`)
  socket.addEventListener('message', ({ data }) => receive(JSON.parse(data)))
  socket.addEventListener('close', () => ($('presence').textContent = 'offline'))
})

$('call').addEventListener('click', () => send({ type: 'call' }))
$('answer').addEventListener('click', () => send({ type: 'answer' }))
$('hang-up').addEventListener('click', () => send({ type: 'hang-up' }))

$('message-form').addEventListener('submit', event => {
  event.preventDefault()
  const text = $('message').value.trim()
  if (!text) return
  const id = `${myName}-${Date.now()}-${(sent += 1)}`
  show({ id, from: myName, text })
  tick(id, 'sending')
  send({ type: 'say', id, text })
  $('message').value = ''
})

// Others see that someone types for as long as the field holds a draft.
$('message').addEventListener('input', () => send({ type: 'typing', on: $('message').value !== '' }))

function receive(event) {
  switch (event.type) {
    case 'joined':
      $('join-form').hidden = true
      $('conversation').hidden = false
      $('call').hidden = false
      event.messages.forEach(show)
      $('message').focus()
      break
    case 'presence':
      $('presence').textContent = event.count === 1 ? 'only you' : `${event.count} here`
      break
    case 'message':
      show(event.message)
      send({ type: 'received', id: event.message.id })
      break
    case 'sent':
    case 'delivered':
      tick(event.id, event.type)
      break
    case 'call':
      showCall(event.call)
      break
    case 'typing':
      typing[event.on ? 'add' : 'delete'](event.name)
      $('typing').textContent = describeTyping([...typing])
      break
  }
}

function showCall(call) {
  const isMine = call.from === myName
  const isRinging = call.state === 'ringing'
  $('call-bar').hidden = false
  $('call-state').textContent = describeCall(call, isMine)
  $('call').disabled = call.state !== 'over'
  $('answer').hidden = !isRinging || isMine
  $('hang-up').hidden = call.state === 'over' || (isRinging && !isMine)
}

function describeCall(call, isMine) {
  if (call.state === 'over') return 'The call is over'
  if (call.state === 'ringing') return isMine ? 'Ringing…' : `${call.from} is calling`
  return `In a call with ${isMine ? call.with : call.from}`
}

function describeTyping(names) {
  if (names.length === 0) return ''
  return names.length === 1 ? `${names[0]} is typing…` : `${names.join(' and ')} are typing…`
}

function show({ id, from, text }) {
  const item = document.createElement('li')
  item.className = from === myName ? 'message mine' : 'message'
  item.dataset.id = id
  item.append(element('span', 'author', from), element('span', 'text', text))
  if (from === myName) item.append(element('span', 'ticks', ''))
  $('messages').append(item)
  item.scrollIntoView({ block: 'end' })
}

function tick(id, state) {
  const ticks = document.querySelector(`[data-id="${CSS.escape(id)}"] .ticks`)
  if (!ticks) return
  ticks.textContent = ticksByState[state]
  ticks.dataset.state = state
  ticks.setAttribute('role', 'img')
  ticks.setAttribute('aria-label', state)
}

function element(tag, className, text) {
  return Object.assign(document.createElement(tag), { className, textContent: text })
}

function send(event) {
  socket.send(JSON.stringify(event))
}
