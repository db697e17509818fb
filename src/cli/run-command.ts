import { rm } from 'node:fs/promises'
import path from 'node:path'
import { createRunId } from '../run/run-start.js'
import { assertDetachable } from './assert-detachable.js'
import { assertReportersWritable, assertWritable } from './assert-writable.js'
import { Cleanups } from './cleanups.js'
import { applyBatonConfig } from './config/apply-baton-config.js'
import { readBatonConfig } from './config/read-baton-config.js'
import { openFarm, type OpenFarm } from './open-farm.js'
import { readSelection, validateSelection } from './read-selection.js'
import { assertEnvironmentIsSet } from './build-run-options.js'
import { readRunSettings, type RunFlags, type RunSettings } from './run-settings.js'
import type { RunSetup } from './run-setup.js'
import { startRunSpan } from './telemetry.js'
import { warn } from './secrets.js'
import { exitCodeForSignal, StopRequest } from './signals.js'
import { splitEveryGlobs } from './split-every-globs.js'
import { hintAtWarmFarm } from './warm-farm-hint.js'
import { openWdioRun, withLauncherHooks, type WdioRun } from './wdio-run.js'

/**
 * `baton run`: from globs to an exit code. What it starts, it stops, in the opposite order.
 * @param explore - of `baton explore` and `baton replay`, which run modules in chosen orders
 */
export async function runCommand(
  givenGlobs: string[],
  givenFlags: RunFlags,
  explore?: RunSetup['explore'],
): Promise<number> {
  const cwd = process.cwd()
  const [typedGlobs, typedFlags] = splitEveryGlobs(givenGlobs, givenFlags, cwd)
  const found = await readBatonConfig(typedFlags.config, cwd)
  const typed = { globs: typedGlobs, flags: typedFlags, origins: [] }
  const explores = explore !== undefined
  const {
    globs,
    flags: ownFlags,
    origins,
  } = found ? applyBatonConfig(typedGlobs, typedFlags, found, { cwd, explores }) : typed
  if (ownFlags.dryRun) origins.forEach(line => warn(line))
  validateSelection(globs, ownFlags)
  const wdio = await openWdioRun(ownFlags, cwd)
  const flags = wdio?.flags ?? ownFlags
  const settings = await readRunSettings(flags, cwd, wdio?.options)
  if (flags.detach) assertDetachable(ownFlags, settings)
  return withLauncherHooks(wdio, flags, note => selectAndRun(globs, { flags, settings, cwd, wdio, note, explore }))
}

interface RunRequest {
  flags: RunFlags
  settings: RunSettings
  cwd: string
  wdio: WdioRun | undefined
  /** Receives the run once it is set up. */
  note: (setup: RunSetup) => void
  explore: RunSetup['explore']
}

async function selectAndRun(
  globs: string[],
  { flags, settings, cwd, wdio, note, explore }: RunRequest,
): Promise<number> {
  const selection = await readSelection(globs, flags, settings, { cwd, wdio: wdio?.loaded })
  // Before anything starts; the URLs of servers are filled in once they run.
  assertEnvironmentIsSet(settings, selection)
  selection.notes.forEach(warn)
  if (flags.dryRun) {
    return (await import('./dry-run.js')).dryRun({ selection, settings, flags, cwd })
  }

  if (flags.list) return (await import('./list-modules.js')).listModules({ selection, settings, flags, cwd })

  await assertWritable('--output', flags.output)
  if (flags.junit !== undefined) await assertWritable('--junit', path.dirname(flags.junit))
  await assertReportersWritable(flags)
  const run = createRunId(new Date())
  const reportDirectory = path.join(flags.output, run)
  const setup = { run, selection, settings, flags, cwd, reportDirectory, reported: false, ...(explore && { explore }) }
  if (selection.files.length === 0) return runNothing(setup)
  const complete = { ...setup, cleanups: new Cleanups(), stop: new StopRequest(), starting: new AbortController() }
  note(complete)
  return runSelection(complete)
}

/** Writes the reports of an empty run, so that CI finds them; not if detached, because nobody would write its end. */
async function runNothing({ run, flags }: Pick<RunSetup, 'run' | 'flags'>): Promise<number> {
  if (flags.detach) return 0
  const { emptyRun } = await import('./empty-run.js')
  return emptyRun(run, flags)
}

async function runSelection(setup: RunSetup): Promise<number> {
  const { cleanups, stop, reportDirectory } = setup
  const traceparent = await startRunSpan(setup)
  if (traceparent !== undefined) setup.traceparent = traceparent
  // The first step is the last to run: all else has been printed by then.
  cleanups.add(() => hintAtWarmFarm(setup))
  // It has the log of the private host, which nobody needs if the run never started.
  cleanups.add(() =>
    setup.reported ? undefined : rm(reportDirectory, { recursive: true, force: true }).catch(() => {}),
  )
  try {
    const farm = await startFarm(setup)
    const { conductRun } = await import('./conduct-run.js')
    setup.exitCode = await conductRun(setup, farm)
    return setup.exitCode
  } catch (error) {
    // Whatever breaks while the run is being stopped breaks because of that.
    if (stop.received) return exitCodeForSignal(stop.received)
    throw error
  } finally {
    await cleanups.run()
  }
}

/** Starting a farm takes longest, so most of this process's own code is loaded only once that is under way. */
async function startFarm({
  run,
  settings,
  cleanups,
  reportDirectory,
  stop,
  starting,
}: RunSetup): Promise<() => Promise<OpenFarm>> {
  try {
    const hostLog = path.join(reportDirectory, 'host.log')
    return await openFarm({ run, settings, cleanups, hostLog, stop: AbortSignal.any([stop.signal, starting.signal]) })
  } catch (error) {
    // Thrown later, because errors of the modules go first.
    return () => Promise.reject(error)
  }
}
