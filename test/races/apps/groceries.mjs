// Race: the list is read, changed and written as a whole, so the later of two writers removes what the other one has added.
export const html = `<input id="item" /> <button id="add">Add</button> <p id="list"></p> <p id="state"></p>`
export const newRoom = () => ({ list: [], version: 0 })

export const requests = {
  'GET list': ({ list, version }) => ({ list, version }),
  'PUT list'(room, { race, body }) {
    if (!race && body.version !== room.version) return { status: 409 }
    room.list = body.list
    room.version += 1
    return {}
  },
}

export async function page({ onClick, request, show, showWords, value }) {
  const read = () => request('GET', 'list')
  async function add(item) {
    const { list, version } = await read()
    const { status } = await request('PUT', 'list', { list: [...list, item], version })
    if (status === 409) await add(item)
  }
  onClick('add', async () => {
    await add(value('item'))
    show('state', 'added')
  })
  showWords('list', (await read()).list)
}
