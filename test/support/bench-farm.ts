import type { Needs } from '../../src/device/selector.js'
import type { HostDevice } from '../../src/lease/host-leases.js'

/** Devices of three platforms with several labels each, dealt out to hosts in turn. */
export function benchDevices(count: number, hosts = 1): HostDevice[][] {
  const all = Array.from({ length: count }, (_, i): HostDevice => {
    const platform = i % 5 < 3 ? 'android' : i % 5 === 3 ? 'ios' : 'web'
    const labels = [`platform=${platform}`, i % 2 ? 'tablet' : 'phone', `model=m${i % 10}`, `os=${i % 4}`]
    return { name: i === 0 ? 'pixel-8' : `d${i}`, labels, driver: 'fake', platform }
  })
  return Array.from({ length: hosts }, (_, h) => all.filter((_, i) => i % hosts === h))
}

const roles = (...selectors: string[]): Needs => Object.fromEntries(selectors.map((selector, i) => [`r${i}`, selector]))

/** Twenty distinct needs: singles, pairs, gangs of five, and pairs where a greedy choice fails. */
export const benchNeeds: readonly Needs[] = [
  roles(''),
  roles('platform=android'),
  roles('platform=ios'),
  roles('platform=web'),
  roles('tablet'),
  roles('phone'),
  roles('phone,platform=android'),
  roles('platform=android,tablet'),
  roles('os=0'),
  roles('os=1'),
  roles('os=2'),
  roles('name=pixel-8'),
  roles('platform=android', 'platform=ios'),
  roles('', ''),
  roles('tablet', 'phone'),
  roles('platform=android', 'name=pixel-8'),
  roles('platform=android', 'platform=android', 'platform=ios'),
  roles('platform=web', 'tablet', ''),
  roles('', '', '', '', ''),
  roles('platform=android', 'platform=android', 'platform=android', 'platform=ios', 'name=pixel-8'),
]
