// Race: what is said while a page reconnects never reaches it.
export const html = `<button id="tunnel">Tunnel</button> <input id="text" /> <button id="say">Say</button> <p id="log"></p>`
export const newRoom = () => ({ said: [] })

export const requests = {
  'GET said': ({ said }) => ({ said }),
  'POST say'(room, { body }) {
    room.said.push(body.text)
    room.broadcast({ type: 'said', text: body.text })
  },
}

export async function page({ connect, onClick, race, request, show, showWords, value }) {
  const log = new Set()
  function add(...texts) {
    for (const text of texts) log.add(text)
    showWords('log', log)
  }
  const open = () => connect('live', { said: ({ text }) => add(text) })
  let socket = await open()

  onClick('say', () => request('POST', 'say', { text: value('text') }))
  onClick('tunnel', async () => {
    show('status', 'reconnecting')
    socket.close()
    socket = await open()
    if (!race) add(...(await request('GET', 'said')).said)
    show('status', 'ready')
  })
}
