import { ownValue } from '../device/references.js'
import { formatSelector, type Needs } from '../device/selector.js'
import type { NeedState, RegisteredDevice } from './registry.js'

/** Explains to people why no online device matches: each role that lacks a device, and what is wrong with those that could take it. */
export function explainWait(needs: Needs, state: NeedState): string {
  const lines = Object.entries(needs).flatMap(([role, selector]) => {
    const able = ownValue(state.roles, role) ?? []
    const refused = able.filter(device => Object.hasOwn(state.refusals, device.name))
    const others = able.filter(device => !Object.hasOwn(state.refusals, device.name))
    if (others.some(device => device.state !== 'offline' && device.state !== 'quarantined')) return []
    const unavailable = others.map(
      device => `${device.name} is ${device.state}${device.reason ? ` (${device.reason})` : ''}`,
    )
    const known = [...byReason(refused, state.refusals), ...unavailable]
    return `role '${role}' asks for ${formatSelector(selector)}: ${known.join(', ') || 'the farm has no such device'}`
  })
  const why = lines.length > 0 ? lines.join('; ') : 'its roles need more devices of a kind than the farm has'
  return state.answer === 'never' ? `no device of the farm can serve it: ${why}` : `no online device matches: ${why}`
}

/** If many devices refuse an app for the same reason, it is shown once. */
function byReason(devices: readonly RegisteredDevice[], refusals: NeedState['refusals']): string[] {
  const groups = new Map<string, string[]>()
  for (const { name } of devices) {
    const reason = ownValue(refusals, name) ?? ''
    groups.set(reason, [...(groups.get(reason) ?? []), name])
  }
  return [...groups].map(([reason, names]) => `${names.join(', ')}: ${reason}`)
}
