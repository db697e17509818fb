// Race: a comment is announced before it is published, and who opens it at once finds nothing.
export const html = `<input id="text" /> <button id="send">Send</button> <p id="bell"></p>
  <button id="open">Open</button> <p id="comment"></p>`
export const newRoom = () => ({ draft: '', published: undefined })

export const requests = {
  'POST comment'(room, { me, body }) {
    room.draft = body.text
    room.broadcast({ type: 'announced' }, { except: me })
  },
  'POST publish'(room, { me }) {
    room.published = room.draft
    room.broadcast({ type: 'published' }, { except: me })
  },
  'GET comment': ({ published }) => (published === undefined ? { status: 404 } : { text: published }),
}

export async function page({ connect, onClick, race, request, show, shown, value }) {
  let published = false
  async function open() {
    const wasPublished = published
    const { status, text } = await request('GET', 'comment')
    if (status === 200) show('comment', text)
    else if (race) show('comment', 'not found')
    else if (published && !wasPublished) await open()
    else show('comment', 'loading')
  }
  await connect('live', {
    announced: () => show('bell', 'new'),
    published() {
      published = true
      if (!race && shown('comment') === 'loading') void open()
    },
  })
  onClick('open', open)
  onClick('send', async () => {
    await request('POST', 'comment', { text: value('text') })
    await request('POST', 'publish')
  })
}
