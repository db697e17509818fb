import { realpath } from 'node:fs/promises'
import path from 'node:path'
import { defaults } from '../../device/defaults.js'
import { BatonError } from '../../error/baton-error.js'
import { errorMessage } from '../../error/error-text.js'
import { countOf } from '../../error/closest-name.js'
import { differences, foreignText } from '../../run/warm-farm/choose-farm.js'
import { killFarm, leaveFarm } from '../../run/warm-farm/end-farm.js'
import { findFarm, forgetDeadFarm, forgetForeignFarm, type ReachedFarm } from '../../run/warm-farm/find-farm.js'
import { isCi } from '../build-run-options.js'
import { readBatonConfig } from '../config/read-baton-config.js'
import { devicesFileOf } from '../config/apply-baton-config.js'
import { readFarmFile } from '../read-farm-file.js'
import { masked, shown, warn } from '../secrets.js'
import { exitCodeForSignal, onStopSignals, type StopSignal } from '../signals.js'
import { describeFarm, describeState, jsonOf, outdatedText, type Outdated } from './farm-text.js'
import { factsOf, reachFarm } from './reach-farm.js'

export interface FarmStartFlags {
  config?: string
  devices?: string
  /** Milliseconds. */
  idleTimeout?: number
}

/** `baton farm start`: starts the warm farm of this project, unless there is one. */
export async function farmStart(flags: FarmStartFlags): Promise<number> {
  if (isCi()) {
    throw new BatonError('BATON_USAGE', 'baton farm start: a farm is never kept in CI (the variable CI is set).', {
      hint: 'each baton run starts its own; for several runs, start a Redis and baton host, and pass --redis.',
    })
  }
  const cwd = process.cwd()
  const found = await readBatonConfig(flags.config, cwd)
  const config = await readFarmFile(flags.devices ?? (found && devicesFileOf(found, cwd)) ?? defaults.devicesFile)
  if (config.redis !== undefined) {
    throw new BatonError('BATON_USAGE', `baton farm start: ${config.file} names a shared farm ("redis").`, {
      hint: 'a shared farm is always warm: start its hosts with baton host.',
    })
  }
  const { keepWarm } = found?.config ?? {}
  const idleMs = flags.idleTimeout ?? (typeof keepWarm === 'number' ? keepWarm : undefined)
  const stopping = new AbortController()
  let stoppedBy: StopSignal | undefined
  onStopSignals({
    onStop: signal => {
      stoppedBy = signal
      stopping.abort(new Error(signal))
    },
    onStopNow: signal => process.exit(exitCodeForSignal(signal)),
  })
  try {
    const requirements = {
      cwd,
      config,
      headed: false,
      keepWarm: { starts: true, ...(idleMs !== undefined && { idleMs }) },
      stop: stopping.signal,
    }
    const notes: string[] = []
    const reached = await reachFarm(requirements, note => (notes.push(note), warn(note)))
    if (!reached) throw new BatonError('BATON_USAGE', 'baton farm start: the farm was not started.', { hint: endHint })
    process.stdout.write(shown(`${describeFarm(reached)}\n`))
    reached.client.close()
    return 0
  } catch (error) {
    if (stoppedBy) return exitCodeForSignal(stoppedBy)
    throw error
  }
}

const endHint = 'see why above; baton farm stop --now ends the one that is there.'

export interface FarmStopFlags {
  now?: boolean
}

/** `baton farm stop`: ends the warm farm of this project, and waits until all of it is gone. */
export async function farmStop({ now }: FarmStopFlags): Promise<number> {
  const cwd = process.cwd()
  // One that hangs would answer the question for its status only after a long wait.
  const finding = await findFarm(cwd, !now)
  const { found, reached } = finding
  switch (found.state) {
    case 'none':
      process.stdout.write('no warm farm is running in this folder\n')
      return 0
    case 'died':
      await forgetDeadFarm(cwd)
      process.stdout.write(`the farm (process ${found.pid}) had died\n`)
      return 0
    case 'foreign':
      if (!now || !found.isRemovable) {
        throw new BatonError('BATON_USAGE', `baton farm stop: ${foreignText(found)}.`)
      }
      await forgetForeignFarm(cwd)
      process.stdout.write('the record of the farm was removed\n')
      return 0
    case 'changing':
    case 'silent':
      await killFarm(cwd, finding)
      break
    case 'running':
      if (reached) await leavePolitely(reached)
  }
  process.stdout.write(`the farm (process ${found.pid}) has ended\n`)
  return 0
}

async function leavePolitely(reached: ReachedFarm): Promise<void> {
  const { users } = reached.status
  if (users > 0) warn(`waiting for ${countOf(users, 'command')} to end; baton farm stop --now does not wait`)
  await leaveFarm(reached)
}

/** `baton farm status` @returns 1 if no warm farm is running */
export async function farmStatus({ json }: { json?: boolean }): Promise<number> {
  const { found, reached } = await findFarm(process.cwd())
  reached?.client.close()
  const outdated = reached ? await outdatedBy(reached) : { changed: [] }
  const { changed } = outdated
  if (json) process.stdout.write(masked(`${JSON.stringify(jsonOf(found.state, reached, changed), undefined, 2)}\n`))
  else process.stdout.write(shown(`${describeState(found, reached)}\n${outdatedText(outdated)}`))
  return reached ? 0 : 1
}

/** @returns what the next run finds changed, as far as that is known */
async function outdatedBy({ record }: ReachedFarm): Promise<Outdated> {
  const { ['--devices']: devicesFile = defaults.devicesFile, ['--headed']: headed } = record.facts
  const cwd = await realpath(process.cwd())
  const file = path.relative(cwd, devicesFile)
  try {
    const config = await readFarmFile(file)
    return { changed: differences(record.facts, factsOf({ cwd, config, headed: headed === 'true' })) }
  } catch (error) {
    return { changed: [file], problem: errorMessage(error).split('\n')[0] ?? '' }
  }
}
