// Race: of two edits of the same title that are saved one after the other, the older one reaches the server last.
export const html = `<input id="text" /> <button id="save">Save</button> <p id="title"></p> <p id="state"></p>`
export const newRoom = () => ({ title: '', edit: 0 })

export const requests = {
  'GET title': ({ title }) => ({ title }),
  'PUT title'(room, { race, body }) {
    if (!race && body.edit < room.edit) return
    room.title = body.title
    room.edit = body.edit
  },
}

export async function page({ onClick, request, show, value }) {
  let edits = 0
  let saved = 0
  onClick('save', async () => {
    edits += 1
    show('state', 'saving')
    await request('PUT', 'title', { title: value('text'), edit: edits })
    saved += 1
    if (saved === edits) show('state', 'saved')
  })
  show('title', (await request('GET', 'title')).title)
}
