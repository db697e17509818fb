// Race: two requests with an expired token both refresh it, and the second use of the refresh token revokes the account.
export const html = `<button id="save">Save</button> <p id="saved"></p> <p id="profile"></p>
  <button id="expire">Expire tokens</button> <p id="expired"></p>`
export const newRoom = () => ({ access: 1, refresh: 1, revoked: false })

const withToken = (room, { body }) => (room.revoked || body.access !== room.access ? { status: 401 } : {})
export const requests = {
  'POST save': withToken,
  'POST profile': withToken,
  'POST refresh'(room, { body }) {
    if (body.refresh !== room.refresh) room.revoked = true
    if (room.revoked) return { status: 401 }
    room.access += 1
    room.refresh += 1
    return { access: room.access, refresh: room.refresh }
  },
  'POST expire'(room, { me }) {
    room.access += 1
    room.broadcast({ type: 'changed' }, { except: me })
  },
}

export async function page({ connect, onClick, race, request, show }) {
  let tokens = { access: 1, refresh: 1 }
  let refreshing
  async function refresh() {
    const reply = await request('POST', 'refresh', tokens)
    refreshing = undefined
    if (reply.status === 200) tokens = reply
    return reply.status === 200
  }
  async function call(operation) {
    const used = tokens.access
    if ((await request('POST', operation, tokens)).status === 200) return true
    if (race) return (await refresh()) && call(operation)
    if (used !== tokens.access) return call(operation)
    refreshing ??= refresh()
    return (await refreshing) && call(operation)
  }
  const outcome = async operation => ((await call(operation)) ? 'done' : 'signed out')

  await connect('live', { changed: async () => show('profile', await outcome('profile')) })
  onClick('save', async () => show('saved', await outcome('save')))
  onClick('expire', async () => {
    await request('POST', 'expire')
    show('expired', 'expired')
  })
}
