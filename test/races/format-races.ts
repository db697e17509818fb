import { formatTable } from '../../src/cli/format-table.js'
import type { Iteration } from '../../src/explore/iteration.js'
import { races } from './races.js'
import type { ExploredRace } from './run-races.js'

export interface RaceResult {
  /** One for each seed. */
  explorations: ExploredRace[]
  /** Whether each plain repetition passed. */
  plain: boolean[]
  /** Whether each iteration passed in which only commands were ordered. */
  commands: boolean[]
  /** Of the repaired twin. */
  twin: Iteration[]
  replays?: { times: number; reproduced: number }
  /** Whether the printed regression test passed without exploring, each time: with the race, and in the repaired app. */
  pasted?: { race: boolean[]; repaired: boolean[] }
}

const heads = [
  'race',
  'depth',
  'found',
  'first hit',
  'failed',
  'plain',
  'commands',
  'holds',
  'tries',
  'again',
  'replay',
  'test',
  'fixed',
  'twin',
  's',
]

const legend = `found: seeds that found it, of all · first hit: iteration, median of the seeds; - if most seeds missed it
failed, plain, commands: failures of all iterations, of plain repetition, with commands alone
holds, tries, again: most holds after minimising, tries for that, and how often they failed again, of all seeds
replay: by trace · test, fixed: failures of the printed regression test without exploring, with the race and in the repaired app
twin: failures of the repaired app while it is explored · s: seconds for an iteration, median`

/** The table of `npm run races`, by depth. */
export function formatRaces(results: ReadonlyMap<string, RaceResult>): string {
  const rows = races.flatMap(race => {
    const result = results.get(race.name)
    return result ? [[race.name, String(race.order.length), ...cellsOf(result)]] : []
  })
  const alarms = [...results].flatMap(([name, { twin }]) =>
    twin.flatMap(({ seed, schedule }) => (schedule ? [`${name}, seed ${seed}: ${schedule.error.message}`] : [])),
  )
  const alarmText = alarms.length === 0 ? '' : `\n\nfailures of the repaired twins:\n${alarms.join('\n')}`
  return `${formatTable([heads, ...rows])}\n${legend}${alarmText}`
}

function cellsOf({ explorations, plain, commands, twin, replays, pasted }: RaceResult): string[] {
  const hits = explorations.map(firstHit)
  const iterations = explorations.flatMap(exploration => exploration.iterations)
  const minimised = explorations.flatMap(exploration => exploration.minimised ?? [])
  const most = (numbers: number[]): string => (numbers.length === 0 ? '-' : String(Math.max(...numbers)))
  const again = minimised.reduce((sum, { reproduced }) => sum + reproduced, 0)
  const repetitions = minimised.reduce((sum, found) => sum + found.repetitions, 0)
  return [
    share(hits.filter(Number.isFinite).length, hits.length),
    median(hits),
    failures(iterations.map(({ verdict }) => verdict === 'passed')),
    failures(plain),
    failures(commands),
    most(minimised.map(({ schedule }) => schedule.holds?.length ?? 0)),
    most(minimised.map(({ tries }) => tries)),
    share(again, repetitions),
    replays ? share(replays.reproduced, replays.times) : '-',
    failures(pasted?.race ?? []),
    failures(pasted?.repaired ?? []),
    failures(twin.map(({ verdict }) => verdict === 'passed')),
    median(iterations.map(({ durationMs }) => durationMs / 1000)),
  ]
}

/** @returns the number of the first iteration that failed, from 1; Infinity if none did */
function firstHit({ iterations }: ExploredRace): number {
  const index = iterations.findIndex(({ verdict }) => verdict === 'failed')
  return index === -1 ? Infinity : index + 1
}

function failures(passed: readonly boolean[]): string {
  return share(passed.filter(ok => !ok).length, passed.length)
}

function share(count: number, all: number): string {
  return all === 0 ? '-' : `${count}/${all}`
}

/** @returns the lower one of two in the middle, with at most two digits after the point */
function median(numbers: readonly number[]): string {
  const middle = numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)] ?? Infinity
  return Number.isFinite(middle) ? String(Math.round(middle * 100) / 100) : '-'
}
