import { Project } from '../../e2e/baton-cli.js'
import { summarize, type Benchmark } from '../benchmark.js'
import { startFakeAppium } from '../fake-appium.js'
import { WarmFarm } from '../warm-farm.js'

export const trace: Benchmark = {
  name: 'trace',
  what: 'What a trace adds to a module of commands on a real Appium server: without it, kept and dropped, and sent, in turn',

  async measure({ quick }) {
    const [commands, rounds] = quick ? [100, 2] : [1_000, 15]
    const project = new Project({ 'modules/commands.js': moduleOf(commands) })
    try {
      const times = await timesOf(project, rounds)
      const added = (mode: 'on' | 'retain-on-failure'): number[] =>
        times[mode].map((ms, round) => 100 * (ms / (times.off[round] ?? Number.NaN) - 1))
      const goal = quick ? {} : { goal: { atMost: 3 } }
      return [
        { label: 'a trace that is dropped adds', unit: '%', ...summarize(added('retain-on-failure')), ...goal },
        { label: 'a trace that is sent adds', unit: '%', ...summarize(added('on')), ...goal },
        { label: `${commands} commands without a trace`, unit: 'ms', ...summarize(times.off) },
      ]
    } finally {
      project.remove()
    }
  },
}

const modes = ['off', 'retain-on-failure', 'on'] as const

/** How long the attempts took, by mode: one of each in a round, in changing order. */
async function timesOf(project: Project, rounds: number): Promise<Record<(typeof modes)[number], number[]>> {
  const appium = await startFakeAppium(`${project.directory}/appium.log`)
  try {
    const devices = [{ name: 'alice', driver: 'fake', reset: 'none', appium: { url: appium.url } }]
    await using farm = await WarmFarm.start(project, 'host', { devices })
    const times = { off: [] as number[], 'retain-on-failure': [] as number[], on: [] as number[] }
    for (let round = -1; round < rounds; round++) {
      for (const mode of round % 2 === 0 ? modes : modes.toReversed()) {
        const events = await farm.run('modules/commands.js', '--trace', mode)
        const end = events.find(event => event.type === 'attempt:end')
        if (round >= 0) times[mode].push(end?.durationMs ?? Number.NaN)
      }
    }
    return times
  } finally {
    await appium.stop()
  }
}

function moduleOf(commands: number): string {
  return `
import { browser } from '@wdio/globals'
import { useDevice } from 'baton'

it('sends commands', async () => {
  await useDevice('alice')
  for (let sent = 0; sent < ${commands}; sent++) await browser.getOrientation()
})
`
}
