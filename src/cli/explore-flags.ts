import { randomInt } from 'node:crypto'
import { defaults } from '../device/defaults.js'
import { BatonError, BatonErrors } from '../error/baton-error.js'
import { parseStrategy } from '../explore/strategies/strategy-spec.js'
import type { ExploreRequest } from '../run/explore/explore-request.js'
import type { RunFlags } from './run-settings.js'

/** The options of `baton explore`, as commander hands them over. */
export interface ExploreFlags extends RunFlags {
  iterations?: number
  /** Milliseconds. */
  minutes?: number
  seed?: number
  strategy?: string
  untilBug?: boolean
  all?: boolean
  maxDecisions?: number
  parallel?: number
  failOnFlakyServer?: boolean
}

/** The options of `baton replay`. */
export interface ReplayFlags extends RunFlags {
  times?: number
  headed?: boolean
  /** Milliseconds. */
  slow?: number
}

/** Seeds that are easy to read and type. */
const maxRandomSeed = 1_000_000

/** @throws BatonError BATON_USAGE if the options don't fit together, or the strategy is unknown */
export function exploreRequestOf(flags: ExploreFlags): ExploreRequest {
  if (flags.all && flags.untilBug) {
    throw new BatonError('BATON_USAGE', 'baton explore: expected --until-bug or --all, found both.')
  }
  const { iterations, parallel } = flags
  const strategy = flags.strategy ?? defaults.exploreStrategy
  parseStrategy(strategy)
  const totalMs = flags.minutes ?? (iterations === undefined ? defaults.exploreMinutes * 60_000 : undefined)
  return {
    do: 'explore',
    strategy,
    seed: flags.seed ?? randomInt(maxRandomSeed),
    ...(iterations !== undefined && { iterations }),
    ...(totalMs !== undefined && { totalMs }),
    untilBug: !flags.all,
    maxDecisions: flags.maxDecisions ?? defaults.maxDecisions,
    ...(parallel !== undefined && { parallel }),
    failOnFlakyServer: flags.failOnFlakyServer ?? false,
  }
}

type Reasons = Readonly<Partial<Record<keyof RunFlags | 'parallel', string>>>

/** Options of `baton run` that neither command has → what to do instead. */
const shared: Reasons = {
  detach: 'this process collects what is found. Run it in the background',
  shard: 'give it a larger farm: all of its devices share the work',
  every: 'name the devices with --on',
  everyRole: 'name the devices with --on',
  inOrder: 'name the modules one after another',
  plan: 'name its modules',
  inspect: 'debug it with baton run --inspect',
  video: 'watch it with baton replay FILE --headed --slow 500',
  trace: 'a schedule has the order of all that happened; baton run --trace on records one run',
  list: 'list modules with baton run --list',
  updateSnapshots: 'store snapshots with baton run',
}

const refused: Record<'explore' | 'replay', Reasons> = {
  explore: {
    ...shared,
    retries: 'each iteration counts: a failure that goes away is what it looks for',
    repeat: 'choose how often each module runs with --iterations',
    bail: 'it stops a module at its first bug; --all goes on',
    headed: 'watch a bug with baton replay FILE --headed --slow 500',
  },
  replay: {
    ...shared,
    retries: 'repeat it with --times',
    repeat: 'choose how often it runs with --times',
    bail: 'choose how often it runs with --times',
    lastFailed: 'the schedule names the module',
    dryRun: 'replay it once with --times 1',
    parallel: 'it runs once after another',
  },
}

/** @throws BatonErrors BATON_USAGE for each option of `baton run` that makes no sense here */
export function refuseRunOptions(command: 'explore' | 'replay', flags: RunFlags): void {
  const errors = Object.entries(refused[command]).flatMap(([name, hint]) => {
    if (!Object.hasOwn(flags, name)) return []
    const option = `--${name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
    return [new BatonError('BATON_USAGE', `baton ${command}: expected no ${option}, found it.`, { hint })]
  })
  if (errors.length > 0) throw new BatonErrors(errors)
}
