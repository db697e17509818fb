import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Project } from '../../e2e/baton-cli.js'
import { summarize, type Benchmark } from '../benchmark.js'
import type { Figure } from '../report.js'
import { startFakeAppium } from '../fake-appium.js'
import { WarmFarm } from '../warm-farm.js'

/** Two commands that nothing else in the module sends: what Appium gets between them, the passes have caused. */
const marker = 'orientation'

export const useDevicePass: Benchmark = {
  name: 'use-device',
  what: 'useDevice between two warm devices of one module, in its worker, on a real Appium server',

  async measure({ quick }) {
    const passes = quick ? 100 : 1_000
    const project = new Project({ 'modules/pass.js': moduleOf(passes) })
    try {
      const appiumLog = path.join(project.directory, 'appium.log')
      const figures = await runModule(project, appiumLog)
      return [
        ...figures,
        {
          label: `WebDriver commands that Appium got during ${3 * passes} passes`,
          unit: '',
          value: commandsBetweenMarkers(readFileSync(appiumLog, 'utf8')),
          goal: { atMost: 0 },
        },
      ]
    } finally {
      project.remove()
    }
  },
}

async function runModule(project: Project, appiumLog: string): Promise<Figure[]> {
  const appium = await startFakeAppium(appiumLog)
  try {
    const devices = ['alice', 'bob'].map(name => ({ name, driver: 'fake', reset: 'none', appium: { url: appium.url } }))
    await using farm = await WarmFarm.start(project, 'host', { devices })
    const events = await farm.run('modules/pass.js')
    const told = events.flatMap(event => (event.type === 'log' ? [event.text] : [])).join('')
    const times = JSON.parse(told) as Record<'pass' | 'lend' | 'ask', number[]>
    const figure = (label: string, samples: number[]): Figure => ({ label, unit: 'ms', ...summarize(samples) })
    return [
      { ...figure('useDevice(name)', times.pass), goal: { atMost: 0.1 } },
      { ...figure('useDevice(name, callback), there and back', times.lend), goal: { atMost: 0.1 } },
      figure('activeDevice()', times.ask),
    ]
  } finally {
    await appium.stop()
  }
}

/** A pass costs a step for each one before it in the same test; this many are a long conversation. */
const passesInTest = 50

function moduleOf(passes: number): string {
  return `
import { browser } from '@wdio/globals'
import { activeDevice, useDevice } from 'baton'

const times = { pass: [], lend: [], ask: [] }
const timed = async (into, act) => {
  for (let turn = 0; turn < ${passesInTest}; turn++) {
    const began = performance.now()
    await act(turn)
    into.push(performance.now() - began)
  }
}
before(async () => {
  await useDevice('alice')
  await useDevice('bob')
  await browser.getOrientation()
})
for (let test = 0; test < ${passes / passesInTest}; test++) {
  it('passes the baton, ' + test, async () => {
    await timed(times.pass, turn => useDevice(turn % 2 ? 'alice' : 'bob'))
    await timed(times.lend, turn => useDevice(turn % 2 ? 'alice' : 'bob', () => {}))
    await timed(times.ask, () => activeDevice())
  })
}
after(async () => {
  await browser.getOrientation()
  console.log(JSON.stringify(times))
})
`
}

/** @throws where the log does not hold both markers */
export function commandsBetweenMarkers(log: string): number {
  const requests = log.split('\n').filter(line => line.includes('[HTTP] --> '))
  const isMarker = (line: string): boolean => line.includes(`/${marker}`)
  const first = requests.findIndex(isMarker)
  const last = requests.findLastIndex(isMarker)
  if (first < 0 || first === last) throw new Error("Appium's log does not tell of the module's commands")
  return last - first - 1
}
