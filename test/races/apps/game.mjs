// Race: a move is made after the page has read the board and before it has subscribed to moves.
export const html = `<input id="cell" /> <button id="move">Move</button> <p id="board"></p>`
export const newRoom = () => ({ moves: [] })

export const requests = {
  'GET board': ({ moves }) => ({ moves }),
  'POST move'(room, { body }) {
    room.moves.push(body.cell)
    room.broadcast({ type: 'move', cell: body.cell })
  },
}

export async function page({ connect, onClick, race, request, showWords, value }) {
  const board = new Set()
  function add(...cells) {
    for (const cell of cells) board.add(cell)
    showWords('board', board)
  }
  const read = async () => add(...(await request('GET', 'board')).moves)

  await read()
  await connect('moves', { move: ({ cell }) => add(cell) })
  if (!race) await read()
  onClick('move', () => request('POST', 'move', { cell: value('cell') }))
}
