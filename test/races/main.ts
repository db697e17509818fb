import os from 'node:os'
import { parseArgs } from 'node:util'
import { RacesRunner } from './run-races.js'
import { races } from './races.js'
import { formatRaces, type RaceResult } from './format-races.js'

/**
 * `npm run races`: explores the apps with a race, and prints what was found, next to plain repetition and to exploring commands
 * alone. The printed regression test of each race is run without exploring, too. `--races a,b` takes some of them. A number of 0
 * skips a part. Exits with 1 if a repaired twin failed.
 */
const { values } = parseArgs({
  options: {
    races: { type: 'string', default: races.map(({ name }) => name).join(',') },
    seeds: { type: 'string', default: '1' },
    'first-seed': { type: 'string', default: '1' },
    iterations: { type: 'string', default: '40' },
    strategy: { type: 'string', default: 'mix' },
    repetitions: { type: 'string', default: '10' },
    commands: { type: 'string', default: '10' },
    twins: { type: 'string', default: '10' },
    replays: { type: 'string', default: '10' },
    tests: { type: 'string', default: '10' },
  },
})

const names = values.races.split(',').map(name => name.trim())
const unknown = names.filter(name => !races.some(race => race.name === name))
if (unknown.length > 0) {
  throw new Error(`unknown races: ${unknown.join(', ')} (known: ${races.map(({ name }) => name).join(', ')})`)
}
const number = (name: Exclude<keyof typeof values, 'races' | 'strategy'>): number => Number(values[name])
const firstSeed = number('first-seed')
const seedsApart = 100_000
const load = (): string => os.loadavg()[0]?.toFixed(1) ?? ''
const results = new Map<string, RaceResult>()
const resultOf = (name: string): RaceResult => {
  const result = results.get(name) ?? { explorations: [], plain: [], commands: [], twin: [] }
  results.set(name, result)
  return result
}

const loadBefore = load()
using runner = new RacesRunner()
const explored = (iterations: number, seed: number): string[] => {
  return ['--iterations', String(iterations), '--seed', String(seed), '--strategy', values.strategy]
}

try {
  await measure()
} finally {
  // Also what was measured before a failure.
  const machine = `${os.cpus().length} cores, load average ${loadBefore} before, ${load()} after`
  console.log(`npm run races -- ${process.argv.slice(2).join(' ')}\n${machine}\n\n${formatRaces(results)}`)
}
process.exitCode = [...results.values()].some(({ twin }) => twin.some(({ verdict }) => verdict === 'failed')) ? 1 : 0

async function measure(): Promise<void> {
  for (let index = 0; index < number('seeds'); index++) {
    const options = explored(number('iterations'), firstSeed + index * seedsApart)
    for (const [name, found] of await runner.explore(names, options)) resultOf(name).explorations.push(found)
  }
  if (number('repetitions') > 0) {
    for (const [name, passed] of await runner.repeat(names, number('repetitions'))) resultOf(name).plain = passed
  }
  if (number('commands') > 0) {
    const options = [...explored(number('commands'), firstSeed), '--all']
    const found = await runner.explore(names, options, { withoutProxy: true })
    for (const [name, { iterations }] of found) {
      resultOf(name).commands = iterations.map(({ verdict }) => verdict === 'passed')
    }
  }
  if (number('twins') > 0) {
    const options = [...explored(number('twins'), firstSeed), '--all']
    const found = await runner.explore(names, options, { repaired: true })
    for (const [name, { iterations }] of found) resultOf(name).twin = iterations
  }
  await repeatFound(number('replays'), number('tests'))
}

/** Repeats what was minimised first of each race: by its trace, and by the regression test. */
async function repeatFound(replays: number, tests: number): Promise<void> {
  for (const [name, result] of results) {
    const minimised = result.explorations.flatMap(exploration => exploration.minimised ?? [])[0]
    if (!minimised) continue
    if (replays > 0) result.replays = { times: replays, reproduced: await runner.replay(minimised, replays) }
    if (tests === 0 || !minimised.schedule.holds) continue
    const race = await runner.regress(name, minimised, tests, {})
    result.pasted = { race, repaired: await runner.regress(name, minimised, tests, { repaired: true }) }
  }
}
