// Race: a conflict is noticed, and the note is merged; but after two conflicts in a row the page overwrites.
export const html = `<input id="line" /> <button id="add">Add</button> <p id="note"></p> <p id="added">0</p>`
export const newRoom = () => ({ lines: [], version: 0 })

export const requests = {
  'GET note': ({ lines, version }) => ({ lines, version }),
  'PUT note'(room, { body }) {
    if (!body.overwrite && body.version !== room.version) return { status: 409 }
    room.lines = body.lines
    room.version += 1
    return {}
  },
}

export async function page({ onClick, race, request, show, shown, showWords, value }) {
  const read = () => request('GET', 'note')
  async function add(line, attempt = 1) {
    const { lines, version } = await read()
    const overwrite = race && attempt > 1
    const { status } = await request('PUT', 'note', { lines: [...lines, line], version, overwrite })
    if (status === 409) await add(line, attempt + 1)
  }
  onClick('add', async () => {
    await add(value('line'))
    show('added', Number(shown('added')) + 1)
  })
  showWords('note', (await read()).lines)
}
