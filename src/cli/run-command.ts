import { rm } from 'node:fs/promises'
import path from 'node:path'
import { exitCodeFor, formatError } from '../error/format-error.js'
import { combineErrors } from '../error/combine-errors.js'
import { maskArtifactParts } from '../event/mask-artifact.js'
import { maskDeep } from '../event/masker.js'
import type { RunEvent } from '../event/run-event.js'
import type { RunReportOptions } from '../report/run-report.js'
import type { SaveArtifact } from '../run/deliver-artifact.js'
import type { ExecuteRunOptions } from '../run/execute-run.js'
import { exitCodeOfVerdicts } from '../run/exit-code.js'
import { historyUpdates } from '../run/history/history-updates.js'
import { projectName } from '../run/history/project-name.js'
import { candidateOf } from '../run/selection/plan-modules.js'
import { createRunId } from '../run/run-id.js'
import { startServers } from '../run/servers.js'
import { historyStore } from '../run/selection/select-modules.js'
import { Cleanups } from './cleanups.js'
import { splitEveryGlobs } from './every-globs.js'
import { hiddenSecrets, masked } from './secrets.js'
import { assertDetachable } from './assert-detachable.js'
import { openFarm, type OpenFarm } from './open-farm.js'
import { assertWritable } from './assert-writable.js'
import { unmatchedGrep } from './unmatched-grep.js'
import { unusedApps } from './unused-apps.js'
import { assertEnvironmentIsSet, runOptionsOf } from './run-options.js'
import {
  isPartialRun,
  planSelection,
  validateSelection,
  selectModules,
  suitesOf,
  type ModuleSelection,
} from './read-selection.js'
import { readRunSettings, type RunFlags, type RunSettings } from './run-settings.js'
import { exitCodeForSignal, onStopSignals, type StopSignal } from './signals.js'

/** A second signal leaves this long for taking the run out of a shared Redis. */
const leaveNowMs = 1_000

/** `baton run`: from globs to an exit code. What it starts, it stops, in the opposite order. */
export async function runCommand(givenGlobs: string[], givenFlags: RunFlags): Promise<number> {
  const cwd = process.cwd()
  const [globs, flags] = splitEveryGlobs(givenGlobs, givenFlags, cwd)
  validateSelection(globs, flags)
  const settings = await readRunSettings(flags, cwd)
  if (flags.detach) assertDetachable(flags, settings)
  const selection = await selectModules(globs, flags, settings, cwd)
  // what is not set shows before anything starts; servers are filled in once they run
  assertEnvironmentIsSet(settings, selection)
  selection.notes.forEach(warn)
  if (flags.dryRun) {
    return (await import('./dry-run.js')).dryRun({ selection, settings, flags, cwd, warn })
  }

  await assertWritable('--output', flags.output)
  if (flags.junit !== undefined) await assertWritable('--junit', path.dirname(flags.junit))
  const cleanups = new Cleanups()
  const stop = new Stop()
  const run = createRunId(new Date())
  const reportDirectory = path.join(flags.output, run)
  let reported = false
  // the log of a host that never served
  cleanups.add(() => (reported ? undefined : rm(reportDirectory, { recursive: true, force: true }).catch(() => {})))
  const { output: outputDirectory, junit } = flags
  const reportOptions = { outputDirectory, run, ...(junit !== undefined && { junit }) }
  if (selection.files.length === 0) return noModules(reportOptions, flags)
  try {
    const asked = { run, selection, settings, flags, cwd }
    const preparation = { ...asked, cleanups, reportDirectory, stop: stop.signal }
    const farm = await beginFarm(preparation)
    const { createRunReporter, executeRun, RunReport } = await import('./run-machinery.js')
    const reporter = createRunReporter(flags, reportDirectory)
    cleanups.add(() => reporter.close?.())
    if (reporter.notice) stop.tell = line => reporter.notice?.(line)
    const parts = await prepareRun(preparation, farm)
    stop.leaveNow = parts.forget
    if (flags.detach) return await detach(parts, preparation)
    const report = await RunReport.open(reportOptions, reporter)
    cleanups.add(() => report.close())
    reported = true
    const onEvent = (event: RunEvent): void => report.add(maskDeep(event, masked))
    const saveArtifact: SaveArtifact = (event, content) =>
      report.saveArtifact(maskDeep(event, masked), maskArtifactParts(event.kind, content, masked))
    const { verdicts, farmFailure } = await executeRun({ ...parts, onEvent, saveArtifact })
    const shared = settings.redisUrl === undefined ? undefined : parts.farm.runs.scripts
    if (!farmFailure || !shared) {
      const history = await historyStore(cwd, shared)
      await history.add(historyUpdates(report.moduleSummaries(), isPartialRun(selection, flags, cwd)))
    }
    const failure = farmFailure ?? unmatchedGrep(flags, suitesOf(selection), report)
    const ofVerdicts = exitCodeOfVerdicts(verdicts.values())
    const ownExitCode = ofVerdicts === 0 && failure && !farmFailure ? exitCodeFor(failure) : ofVerdicts
    const exitCode = stop.received ? exitCodeForSignal(stop.received) : ownExitCode
    await report.end(exitCode, stop.received)
    if (failure && !stop.received) process.stderr.write(`${masked(formatError(failure))}\n`)
    return exitCode
  } catch (error) {
    // whatever breaks while it is being stopped breaks because of that
    if (stop.received) return exitCodeForSignal(stop.received)
    throw error
  } finally {
    await cleanups.run()
  }
}

interface RunSetup {
  run: string
  selection: ModuleSelection
  settings: RunSettings
  flags: RunFlags
  cwd: string
  cleanups: Cleanups
  reportDirectory: string
  stop: AbortSignal
}

type PreparedRun = Omit<ExecuteRunOptions, 'onEvent' | 'saveArtifact'>

/** Its start takes longest: this process loads the rest of its own code only once that is under way. */
async function beginFarm(preparation: RunSetup): Promise<() => Promise<OpenFarm>> {
  const { settings, cleanups, reportDirectory, stop } = preparation
  try {
    return await openFarm({ settings, cleanups, hostLog: path.join(reportDirectory, 'host.log'), stop })
  } catch (error) {
    // told once it is known whether the modules have faults of their own
    return () => Promise.reject(error)
  }
}

/** Farm, servers and bundles don't need one another: they are made ready at the same time. */
async function prepareRun(preparation: RunSetup, openedFarm: () => Promise<OpenFarm>): Promise<PreparedRun> {
  const { run, selection, settings, flags, cwd, cleanups, stop } = preparation
  const { forgetRun, loadModules } = await import('./run-machinery.js')
  const starting = Promise.allSettled([
    openedFarm(),
    startServers(settings.servers, { environment: process.env, onLost: warn, stopped: stop }).then(servers => {
      cleanups.add(() => servers.stop())
      return servers
    }),
    loadModules({ files: selection.files, cwd, setup: settings.setup }),
  ])
  const [farm, servers, loaded] = await starting
  stop.throwIfAborted()
  if (loaded.status === 'rejected') throw loaded.reason
  if (servers.status === 'rejected' || farm.status === 'rejected') {
    // the user's own mistakes first
    const failed = [servers, farm].flatMap(result => (result.status === 'rejected' ? [result.reason as unknown] : []))
    throw combineErrors([...loaded.value.faults, ...failed])
  }

  const registered = await farm.value.farm.registry.listDevices()
  const scope = { request: settings.request, farm: registered.map(candidateOf) }
  const { modules, stages } = planSelection(selection, loaded.value, cwd, scope)
  unusedApps({ app: flags.app, suites: suitesOf(selection) }, modules, scope.farm).forEach(warn)
  return {
    run,
    farm: farm.value.farm,
    farmLost: farm.value.farmLost,
    forget: onlyOnce(() => forgetRun(farm.value.farm.runs, run)),
    ownerTtlMs: settings.ownerTtlMs,
    stop,
    modules,
    stages,
    options: runOptionsOf({ flags, settings, selection, servers: servers.value.urls }),
  }
}

/** Whoever collects the reports of a run needn't ask why there are none; of one that was to go on by itself there is no end. */
async function noModules(options: RunReportOptions, flags: RunFlags): Promise<number> {
  if (flags.detach) return 0
  const { emptyRun } = await import('./empty-run.js')
  return emptyRun(options, flags)
}

async function detach(parts: PreparedRun, { selection, flags, cwd }: RunSetup): Promise<number> {
  const { detachRun } = await import('../run/detach-run.js')
  const partial = parts.modules.map(({ file }) => file).filter(isPartialRun(selection, flags, cwd))
  const history = { project: await projectName(cwd), partial: [...new Set(partial)] }
  try {
    await detachRun({ ...parts, stages: parts.stages ?? [], details: { secrets: hiddenSecrets(), history } })
  } catch (error) {
    await parts.forget()
    throw error
  }
  process.stdout.write(`${parts.run}\n`)
  // not the farm's URL: there may be a password in it
  process.stderr.write(`baton: the run goes on by itself; baton follow ${parts.run} --redis … shows it\n`)
  return 0
}

/** Two that take one run out of Redis at a time put back what the other has removed. */
function onlyOnce(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= work())
}

function warn(text: string): void {
  process.stderr.write(`${masked(`baton: ${text}`)}\n`)
}

/** Ctrl-C and SIGTERM: once stops the run, twice leaves at once. */
class Stop {
  received: StopSignal | undefined
  /** Takes the run out of the farm; what this process started is ended by its reaper. */
  leaveNow: () => Promise<void> = async () => {}
  tell: (line: string) => void = line => void process.stderr.write(`\n${line}\n`)
  readonly #controller = new AbortController()

  constructor() {
    onStopSignals({
      onStop: signal => {
        this.received = signal
        this.tell(`baton: stopping (${signal}); once more to stop at once`)
        this.#controller.abort(`the run was stopped by ${signal}`)
      },
      onStopNow: signal => {
        const leave = (): never => process.exit(exitCodeForSignal(signal))
        setTimeout(leave, leaveNowMs)
        void this.leaveNow().then(leave, leave)
      },
    })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }
}
