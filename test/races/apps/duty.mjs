// Race: three people are on duty and two must stay; all check that before anyone has left, and all leave.
export const html = `<p id="ward">Ward 3</p> <button id="leave">Leave</button> <p id="state"></p>`
export const newRoom = () => ({ onDuty: 3 })

const mayLeave = ({ onDuty }) => ({ ok: onDuty > 2 })
export const requests = {
  'GET staff': mayLeave,
  'POST leave'(room, { race }) {
    const { ok } = race ? { ok: true } : mayLeave(room)
    if (ok) room.onDuty -= 1
    return { ok }
  },
}

export function page({ onClick, request, show }) {
  onClick('leave', async () => {
    const ok = (await request('GET', 'staff')).ok && (await request('POST', 'leave')).ok
    show('state', ok ? 'left' : 'stayed')
  })
}
