import { realpathSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { setTimeout as delay } from 'node:timers/promises'
import { defaults } from '../../device/defaults.js'
import type { FarmConfig } from '../../device/farm-config.js'
import { chooseFarm, type FarmChoice } from '../../run/warm-farm/choose-farm.js'
import { endUnusedFarm, killFarm } from '../../run/warm-farm/end-farm.js'
import { farmFacts, type FarmFacts } from '../../run/warm-farm/farm-facts.js'
import { findFarm, forgetDeadFarm, type Finding, type ReachedFarm } from '../../run/warm-farm/find-farm.js'
import { startFarm } from '../../run/warm-farm/start-farm.js'
import { drivers } from '../drivers.js'
import type { KeepWarm } from '../run-settings.js'
import { shown, warn } from '../secrets.js'

const mainFile = fileURLToPath(new URL('../main.js', import.meta.url))

export interface FarmRequirements {
  cwd: string
  config: FarmConfig
  headed: boolean
  keepWarm: KeepWarm
  /** Aborted if the command is stopped meanwhile. */
  stop: AbortSignal
}

/** Nothing reports that another process has started or ended a farm. Milliseconds. */
const checkEveryMs = 50

/**
 * Finds the warm farm of a project, replaces it if it is out of date, and starts one if the command wants that.
 * @param onNote - gets a line for each thing that is not as expected
 * @returns the farm, or undefined if the command needs a private one
 * @throws BatonErrors if one does not start; the reason of `stop`
 */
export async function reachFarm(
  requirements: FarmRequirements,
  onNote: (note: string) => void = warn,
): Promise<ReachedFarm | undefined> {
  const { stop, keepWarm } = requirements
  const cwd = await realpath(requirements.cwd)
  const facts = factsOf(requirements)
  const exclusive = exclusiveParts(requirements.config)
  const printedNotes = new Set<string>()
  let hasStarted = false
  for (;;) {
    stop.throwIfAborted()
    const finding = await findFarm(cwd)
    const choice = chooseFarm(finding.found, {
      facts,
      exclusive,
      keepsWarm: keepWarm.starts,
      needsOwn: keepWarm.needsOwn,
    })
    if (choice.do === 'use' && finding.reached) return finding.reached
    const note = noteOf(choice)
    if (note !== undefined && !printedNotes.has(note)) onNote(note)
    printedNotes.add(note ?? '')
    if (finding.found.state === 'died') await forgetDeadFarm(cwd)
    const isDone = await endIfChosen(choice, finding, { cwd, stop }).finally(() => finding.reached?.client.close())
    // A command has joined it since, or it hangs: choose again.
    if (!isDone) continue
    // One that it has just started and can't use: starting more of them would not help.
    if (choice.do === 'cold' || hasStarted) return undefined
    if (choice.do === 'wait') await delay(checkEveryMs, undefined, { signal: stop })
    else hasStarted = (await startFor(requirements, cwd, finding.record?.idleMs)) === 'ready'
  }
}

/** @returns the URL of the warm farm of a project, if a run would use it as it is */
export async function usableFarm(
  wanted: Pick<FarmRequirements, 'cwd' | 'config' | 'headed'>,
): Promise<string | undefined> {
  const { found, reached } = await findFarm(wanted.cwd)
  reached?.client.close()
  const choice = chooseFarm(found, { facts: factsOf(wanted), exclusive: [], keepsWarm: false })
  return choice.do === 'use' ? reached?.record.redisUrl : undefined
}

/** @param wanted - its cwd: absolute, or the working directory */
export function factsOf({ cwd, config, headed }: Pick<FarmRequirements, 'cwd' | 'config' | 'headed'>): FarmFacts {
  return farmFacts({ cwd: realpathSync(cwd), config, headed, env: process.env })
}

/** @returns what only one farm at a time can have: devices that their driver reserves, and a fixed port */
export function exclusiveParts({ devices, gateway: { port } }: FarmConfig): string[] {
  const reserving = new Set(drivers.filter(({ provides }) => provides.includes('reservation')).map(({ name }) => name))
  return [
    ...(devices.some(({ driver }) => reserving.has(driver)) ? ['the phones'] : []),
    ...(port === 0 ? [] : [`gateway port ${port}`]),
  ]
}

function noteOf(choice: FarmChoice): string | undefined {
  return choice.do === 'use' ? undefined : choice.note
}

/** @returns false if it should end but goes on */
async function endIfChosen(
  choice: FarmChoice,
  finding: Finding,
  { cwd, stop }: Pick<FarmRequirements, 'cwd' | 'stop'>,
): Promise<boolean> {
  const { found, reached } = finding
  const ends = choice.do === 'replace' ? 'now' : choice.do === 'cold' ? choice.ends : undefined
  if (ends === 'later') reached?.client.leave()
  if (ends !== 'now') return true
  if (reached) return endUnusedFarm(reached, stop)
  if (found.state === 'silent') await killFarm(cwd, finding, stop)
  return true
}

async function startFor(
  { config, headed, keepWarm, stop }: FarmRequirements,
  cwd: string,
  oldIdleMs: number = defaults.warmIdleMs,
): Promise<'ready' | 'taken'> {
  const options = ['--devices', config.file, '--idle-timeout', String(keepWarm.idleMs ?? oldIdleMs)]
  return startFarm({
    command: [process.execPath, mainFile, 'farm', 'serve', ...options, ...(headed ? ['--headed'] : [])],
    cwd,
    // It is not the service if this process is one, and not a part of this run's trace.
    env: { ...process.env, NOTIFY_SOCKET: undefined, INVOCATION_ID: undefined, TRACEPARENT: undefined },
    onHostMessage: line => void process.stderr.write(`${shown(line)}\n`),
    stop,
  })
}
