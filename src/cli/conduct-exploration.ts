import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { countOf } from '../error/closest-name.js'
import { writing } from '../error/write-error.js'
import { maskDeep } from '../event/masker.js'
import { scheduleFile, type FoundBug } from '../explore/exploration.js'
import { plainLine } from '../report/plain-text.js'
import type { ExecuteRunOptions } from '../run/execute-run.js'
import { exploreModules, type ExploreOutcome } from '../run/explore/explore-modules.js'
import type { Finder } from '../run/explore/module-relay.js'
import type { ReplayRequest } from '../run/explore/explore-request.js'
import { SurroundingsPool, type Surroundings } from '../run/explore/surroundings-pool.js'
import type { RunningServers } from '../run/servers.js'
import { buildRunOptions } from './build-run-options.js'
import { startRunServers } from './run-servers.js'
import type { RunSetup } from './run-setup.js'
import { masked, warn } from './secrets.js'

export interface ExplorationParts extends Omit<ExecuteRunOptions, 'forget'> {
  request: NonNullable<RunSetup['explore']>
  /** Those of the run, for the first job. */
  servers: RunningServers
  /** Prints a line for people. */
  print: (line: string) => void
}

/**
 * Explores the modules of a run, and writes the schedules of bugs into its report as they are found.
 * @returns also why a schedule could not be written: the rest is reported before that
 */
export async function conductExploration(
  setup: RunSetup,
  parts: ExplorationParts,
): Promise<ExploreOutcome & { unsaved?: Error }> {
  const { request, print, options, modules } = parts
  const { settings, reportDirectory } = setup
  if (request.do === 'replay') warnAboutChange(request, modules)
  else warnAboutState(Object.entries(settings.servers).map(([name, { reset }]) => [name, reset]))
  const surroundingsOf = (servers: RunningServers): Surroundings => ({
    execution: buildRunOptions({ ...setup, servers: servers.urls }).execution,
    resets: servers.resets,
  })
  const surroundings = new SurroundingsPool({ execution: options.execution, resets: parts.servers.resets }, async () =>
    surroundingsOf(await startRunServers(setup)),
  )
  const files = new Map(modules.map(({ id, file }) => [id, file]))
  let saved = Promise.resolve()
  let unsaved: Error | undefined
  const onBug = (bug: FoundBug, { module, host, worker }: Finder): void => {
    const file = files.get(module) ?? module
    if (request.do === 'explore') print(describeBug(bug, file, `host ${host} (worker ${worker})`))
    const path = join(reportDirectory, scheduleFile({ id: module, file }, bug))
    const save = async (): Promise<void> => {
      await saveSchedule(path, bug)
      if (!bug.minimised) print(`saved schedule ${path}`)
    }
    saved = saved.then(save).catch((error: unknown) => {
      unsaved ??= error instanceof Error ? error : new Error(String(error))
    })
  }
  const outcome = await exploreModules({ ...parts, surroundings, onBug })
  await saved
  return { ...outcome, ...(unsaved && { unsaved }) }
}

function warnAboutChange({ schedule }: ReplayRequest, modules: ExplorationParts['modules']): void {
  const changed = modules.find(({ loaded }) => loaded.bundle.hash !== schedule.bundleHash)
  if (changed) warn(`${changed.file} has changed since the schedule was saved: its steps may differ`)
}

/** What is left of one iteration may change the next one. */
function warnAboutState(resets: readonly (readonly [name: string, reset: string | undefined])[]): void {
  const stateful = resets.filter(([, reset]) => reset === undefined).map(([name]) => `'${name}'`)
  if (stateful.length === 0) return
  const names = stateful.join(', ')
  warn(`nothing resets server ${names} between iterations: give it "reset" in devices.json, or reset it in a hook`)
}

function describeBug({ schedule, minimised }: FoundBug, file: string, finder: string): string {
  const name = plainLine(file)
  if (!minimised) {
    return plainLine(`${finder} found a bug in ${name} (seed ${schedule.seed}): ${firstLine(schedule.error.message)}`)
  }
  const { tries, reproduced, repetitions } = minimised
  if (repetitions === 0) return `${finder} could not reproduce it by holds alone (${name})`
  const holds = schedule.holds?.length ?? 0
  if (holds === 0) {
    return `${finder} found that it fails without any hold (${name}): in natural order, ${reproduced} of ${repetitions} times`
  }
  return `${finder} minimised it to ${countOf(holds, 'hold')} in ${tries === 1 ? '1 try' : `${tries} tries`} (${name}); reproduced ${reproduced} of ${repetitions}`
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? ''
}

async function saveSchedule(path: string, { schedule }: FoundBug): Promise<void> {
  const text = `${JSON.stringify(maskDeep(schedule, masked), undefined, 2)}\n`
  await writing('a schedule', path, async () => {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  })
}
