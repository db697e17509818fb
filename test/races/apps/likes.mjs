// Race: the response to one's own like is shown after the newer count that came by the socket.
export const html = `<p id="author">by Ann</p> <button id="like">Like</button> <p id="likes">0</p>`
export const newRoom = () => ({ likes: 0 })

export const requests = {
  'POST like'(room) {
    room.likes += 1
    room.broadcast({ type: 'likes', likes: room.likes })
    return { likes: room.likes }
  },
}

export async function page({ connect, onClick, race, request, show, shown }) {
  const update = ({ likes }) => show('likes', race ? likes : Math.max(likes, Number(shown('likes'))))
  await connect('live', { likes: update })
  onClick('like', async () => update(await request('POST', 'like')))
}
