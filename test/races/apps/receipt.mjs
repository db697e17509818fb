// Race: the socket says that a message was read before the response has said which message that is.
export const html = `<input id="text" /> <button id="send">Send</button> <p id="last"></p>
  <button id="open">Open</button> <p id="tick"></p>`
export const newRoom = () => ({ messages: 0 })

export const requests = {
  'POST send'(room, { me, body }) {
    room.messages += 1
    room.broadcast({ type: 'message', id: room.messages, text: body.text }, { except: me })
    return { id: room.messages }
  },
  'POST read'(room, { me, body }) {
    room.broadcast({ type: 'read', id: body.id }, { except: me })
  },
}

export async function page({ connect, onClick, race, request, show, value }) {
  const sent = new Set()
  const read = new Set()
  let last
  await connect('live', {
    message({ id, text }) {
      last = id
      show('last', text)
    },
    read({ id }) {
      if (!race) read.add(id)
      if (sent.has(id)) show('tick', 'read')
    },
  })
  onClick('open', () => request('POST', 'read', { id: last }))
  onClick('send', async () => {
    const { id } = await request('POST', 'send', { text: value('text') })
    sent.add(id)
    show('tick', read.has(id) ? 'read' : 'sent')
  })
}
