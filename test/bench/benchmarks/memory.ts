import { Project } from '../../e2e/baton-cli.js'
import type { Benchmark } from '../benchmark.js'
import type { Figure } from '../report.js'
import { residentBelow, type ResidentProcess } from '../process-tree.js'
import { WarmFarm } from '../warm-farm.js'

const devices = 3

const source = `
import { browser } from '@wdio/globals'

it('acts', () => browser.getOrientation())
`

export const memory: Benchmark = {
  name: 'memory',
  what: 'What the processes of a host with three idle fake devices keep resident',

  async measure({ quick }) {
    const modules = quick ? 9 : 300
    const files = Object.fromEntries(Array.from({ length: modules }, (_, index) => [`modules/${index}.js`, source]))
    const project = new Project(files)
    try {
      const idle = Array.from({ length: devices }, (_, i) => ({ name: `d${i}`, driver: 'fake', reset: 'none' }))
      await using farm = await WarmFarm.start(project, 'host', { devices: idle })
      await farm.run('modules/0.js')
      const before = figuresOf(farm, 'after its first module')
      await farm.run('modules/*.js')
      return [...before, ...figuresOf(farm, `after ${modules} modules`)]
    } finally {
      project.remove()
    }
  },
}

function figuresOf({ hostPid, redisPid }: WarmFarm, when: string): Figure[] {
  const all = residentBelow(process.pid)
  const below = residentBelow(hostPid)
  const figure = (label: string, found: ResidentProcess[]): Figure[] => {
    const value = Math.max(...found.map(({ megabytes }) => megabytes))
    return found.length === 0 ? [] : [{ label: `${label}, ${when}`, unit: 'MB', value }]
  }
  const commanded = (pattern: RegExp) => below.filter(({ command }) => pattern.test(command))
  return [
    ...figure(
      'the host itself',
      all.filter(({ pid }) => pid === hostPid),
    ),
    ...figure('a worker (the largest)', commanded(/worker-main\.js/)),
    ...figure('its Appium server', commanded(/appium-main\.js/)),
    ...figure('its reaper', commanded(/reaper-main\.js/)),
    ...figure(
      'Redis',
      all.filter(({ pid }) => pid === redisPid),
    ),
  ]
}
