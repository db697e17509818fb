import { summarize, type Benchmark } from '../benchmark.js'
import type { Figure, Measured } from '../report.js'
import {
  batonName,
  batonNewSessions,
  holdContest,
  type ContestSize,
  type Sample,
  type Samples,
} from '../contest/contest.js'

const devices = 8

/** Waiting decides: what matters is that no device waits for its next module. */
export const longModules: Benchmark = {
  name: 'long-modules',
  what: '100 modules of 3 commands and a wait of 1 s on 8 fake devices of one Appium server; ideal: 13 waves of 1 s',
  measure: async ({ quick }) => {
    const figures = await measure({ modules: quick ? 8 : 100, waitMs: 1_000, devices, rounds: quick ? 1 : 3 })
    return figures.map(figure => (nearIdeal.includes(figure.label) ? { ...figure, goal: { atMost: 1.1 } } : figure))
  },
}

/** The processor decides: what matters is how little each module costs beside what it does. */
export const shortModules: Benchmark = {
  name: 'short-modules',
  what: '200 modules of 3 commands and a wait of 200 ms on 8 fake devices of one Appium server; ideal: 25 waves of 200 ms',
  measure: async ({ quick }) => {
    const figures = await measure({ modules: quick ? 16 : 200, waitMs: 200, devices, rounds: quick ? 1 : 3 })
    return figures.map(figure => (halved.includes(figure.label) ? { ...figure, ...halfOfThePeers(figure) } : figure))
  },
}

const labels = {
  makespan: 'warm: first line of the first module to the end of the last, over the ideal',
  submitted: 'warm: submission to the last result, over the ideal',
  renewed: 'warm, a new session for every module: first line to the last end, over the ideal',
  command: 'warm: the whole command',
  cpu: 'warm: processor time a module, all processes together',
  renewedCpu: 'warm, a new session for every module: processor time a module',
  cold: 'cold: the whole command, servers started and stopped',
  coldCpu: 'cold: processor time a module, all processes together',
} as const

const nearIdeal: string[] = [labels.makespan, labels.submitted]
const halved: string[] = [labels.cpu, labels.command]

async function measure(size: ContestSize): Promise<Figure[]> {
  const samples = await holdContest(size)
  const idealMs = Math.ceil(size.modules / size.devices) * size.waitMs
  const times = (label: string, select: (sample: Sample) => number | undefined, who?: string): Figure[] =>
    figureOf({ label, unit: '×' }, samples, all => all.warm, scaled(select, idealMs), who)
  const warm = (sample: Samples): Sample[] => sample.warm
  const cold = (sample: Samples): Sample[] => sample.cold
  const seconds = scaled(sample => sample.wallMs, 1_000)
  const cpu = scaled(sample => sample.cpuMs, size.modules)
  return [
    ...times(labels.makespan, sample => sample.makespanMs),
    ...times(labels.submitted, sample => sample.submittedMs),
    ...times(labels.renewed, sample => sample.makespanMs, batonNewSessions),
    ...figureOf({ label: labels.command, unit: 's' }, samples, warm, seconds),
    ...figureOf({ label: labels.cpu, unit: 'ms' }, samples, warm, cpu),
    ...figureOf({ label: labels.renewedCpu, unit: 'ms' }, samples, warm, cpu, batonNewSessions),
    ...figureOf({ label: labels.cold, unit: 's' }, samples, cold, seconds),
    ...figureOf({ label: labels.coldCpu, unit: 'ms' }, samples, cold, cpu),
  ]
}

type Select = (sample: Sample) => number | undefined

function scaled(select: Select, unit: number): Select {
  return sample => {
    const value = select(sample)
    return value === undefined ? undefined : value / unit
  }
}

/** @param who - whose figure it is; one other than Baton's usual one has no peers beside it */
function figureOf(
  head: Pick<Figure, 'label' | 'unit'>,
  all: ReadonlyMap<string, Samples>,
  part: (samples: Samples) => Sample[],
  select: Select,
  who = batonName,
): Figure[] {
  const measured = new Map<string, Measured>()
  for (const [name, samples] of all) {
    const values = part(samples).flatMap(sample => select(sample) ?? [])
    if (values.length > 0) measured.set(name, summarize(values))
  }
  const own = measured.get(who)
  if (!own) return []
  const peers = [...measured].filter(([name]) => name !== batonName && name !== batonNewSessions)
  if (who !== batonName || peers.length === 0) return [{ ...head, ...own }]
  return [{ ...head, ...own, peers: Object.fromEntries(peers) }]
}

function halfOfThePeers({ peers }: Figure): Pick<Figure, 'goal'> {
  const fastest = Math.min(...Object.values(peers ?? {}).map(({ value }) => value))
  return Number.isFinite(fastest) ? { goal: { atMost: fastest / 2 } } : {}
}
