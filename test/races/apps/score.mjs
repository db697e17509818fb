// Race: goals and the final whistle come on two sockets, and the whistle overtakes a goal.
export const html = `<button id="goal">Goal</button> <button id="whistle">Whistle</button>
  <p id="goals">0</p> <p id="match">running</p>`
export const newRoom = () => ({ goals: 0 })

export const requests = {
  'POST goal'(room) {
    room.goals += 1
    room.broadcast({ type: 'goal', goals: room.goals }, { topic: 'goals' })
  },
  'POST whistle'(room) {
    room.broadcast({ type: 'whistle', goals: room.goals }, { topic: 'match' })
  },
}

export async function page({ connect, onClick, race, request, show, shown }) {
  await connect('goals', {
    goal: ({ goals }) => shown('match') === 'running' && show('goals', goals),
  })
  await connect('match', {
    whistle({ goals }) {
      show('match', 'over')
      if (!race) show('goals', goals)
    },
  })
  onClick('goal', () => request('POST', 'goal'))
  onClick('whistle', () => request('POST', 'whistle'))
}
