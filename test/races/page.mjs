// What the pages of all apps share.
const query = new URLSearchParams(location.search)
const address = path => `${location.pathname}/${path}?${query}`
const element = id => document.getElementById(id)

export const me = query.get('me')
/** Whether the race is switched on. */
export const race = query.get('race') === '1'

export function show(id, text) {
  element(id).textContent = text
}

export function shown(id) {
  return element(id).textContent
}

/** Shows words in the order of the alphabet. */
export function showWords(id, words) {
  show(id, [...words].sort((a, b) => a.localeCompare(b)).join(' '))
}

/** What is in an input field. */
export function value(id) {
  return element(id).value
}

export function onClick(id, act) {
  element(id).addEventListener('click', () => void act())
}

/** @returns {Promise<object>} the fields of the response, and its status */
export async function request(method, path, body) {
  const response = await fetch(address(path), {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: response.status, ...(await response.json()) }
}

/**
 * Opens a WebSocket.
 * @param {string} topic
 * @param {Record<string, (message: any) => void>} on - what to do with a message, by its type
 */
export async function connect(topic, on) {
  const socket = new WebSocket(`ws://${location.host}${address(topic)}`)
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(data)
    on[message.type]?.(message)
  })
  await new Promise(resolve => socket.addEventListener('open', resolve))
  return { say: (type, fields) => socket.send(JSON.stringify({ type, ...fields })), close: () => socket.close() }
}
