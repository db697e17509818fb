import type { RunEvent } from '../../../src/event/run-event.js'
import { Project } from '../../e2e/baton-cli.js'
import { summarize, type Benchmark } from '../benchmark.js'
import { WarmFarm } from '../warm-farm.js'

const devices = ['device-1', 'device-2']

export const nextModule: Benchmark = {
  name: 'next-module',
  what: 'From the end of a module to the first line of the next one on the same device, two warm devices working off a queue',

  async measure({ quick }) {
    const project = new Project(modulesOf(quick ? 20 : 400))
    try {
      const farm = { devices: devices.map(name => ({ name, driver: 'fake', reset: 'none' })) }
      await using warm = await WarmFarm.start(project, 'host', farm)
      // Once for nothing, so that the workers are warm.
      await warm.run('modules/?.js')
      const gaps = gapsOf(await warm.run('modules/*.js'))
      const figure = (label: string, part: keyof Gap) => ({
        label,
        unit: 'ms',
        ...summarize(gaps.map(gap => gap[part])),
      })
      return [
        { ...figure('end of a module to the first line of the next', 'whole'), goal: { atMost: 20 } },
        figure(
          'its part until the next module is in hand: result recorded, device released, granted, fetched',
          'queue',
        ),
        figure('its part until the first line: session offered, handed to a worker, attached, loaded', 'start'),
      ]
    } finally {
      project.remove()
    }
  },
}

/** Each tells the time of its first line, to the microsecond, and gives the devices something to do. */
function modulesOf(count: number): Record<string, string> {
  const source = `
console.log('first line', performance.timeOrigin + performance.now())
import { browser } from '@wdio/globals'

it('acts', async () => {
  await browser.getOrientation()
  await new Promise(resolve => setTimeout(resolve, 20))
})
`
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`modules/${index}.js`, source]))
}

interface Gap {
  whole: number
  queue: number
  start: number
}

interface Attempt {
  device: string
  began: number
  firstLine: number
  ended: number
}

/** Ends are told in whole milliseconds, cut off: a gap is rather measured too long than too short. */
export function gapsOf(events: readonly RunEvent[]): Gap[] {
  const attempts = attemptsOf(events).toSorted((a, b) => a.began - b.began)
  return devices.flatMap(device => {
    const own = attempts.filter(attempt => attempt.device === device)
    return own.slice(1).map(({ began, firstLine }, index) => {
      const freed = own[index]?.ended ?? Number.NaN
      return { whole: firstLine - freed, queue: began - freed, start: firstLine - began }
    })
  })
}

function attemptsOf(events: readonly RunEvent[]): Attempt[] {
  const attempts = new Map<string, Attempt>()
  for (const event of events) {
    if (event.type === 'attempt:start') {
      const [device = ''] = Object.values(event.devices)
      attempts.set(event.lease, { device, began: event.at, firstLine: Number.NaN, ended: Number.NaN })
    }
    const attempt = 'lease' in event && event.lease !== undefined ? attempts.get(event.lease) : undefined
    if (!attempt) continue
    if (event.type === 'log' && event.text.startsWith('first line'))
      attempt.firstLine = Number(event.text.split(' ')[2])
    if (event.type === 'attempt:end') attempt.ended = event.at
  }
  return [...attempts.values()]
}
