import { formatAsk, type Needs } from '../device/ask.js'
import type { NeedState } from './registry.js'

/** Why no online device fits, for people: each role that lacks a device, and what is wrong with those that could take it. */
export function explainWait(needs: Needs, state: NeedState): string {
  const lines = Object.entries(needs).flatMap(([role, ask]) => {
    const able = state.roles[role] ?? []
    if (able.some(device => device.state !== 'offline' && device.state !== 'quarantined')) return []
    const known = able.map(device => `${device.name} is ${device.state}${device.reason ? ` (${device.reason})` : ''}`)
    return `role '${role}' asks for ${formatAsk(ask)}: ${known.join(', ') || 'the farm has no such device'}`
  })
  const why = lines.length > 0 ? lines.join('; ') : 'its roles ask for more devices of a kind than there are'
  return state.answer === 'never' ? `no device of the farm can serve it: ${why}` : `no online device fits: ${why}`
}
