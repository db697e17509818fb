import { rm } from 'node:fs/promises'
import path from 'node:path'
import { BatonError } from '../error/baton-error.js'
import { formatError } from '../error/format-error.js'
import { together } from '../error/together.js'
import { maskArtifact } from '../event/mask-artifact.js'
import { maskDeep } from '../event/masker.js'
import type { RunEvent } from '../event/run-event.js'
import { findModules } from '../module/find-modules.js'
import type { SaveArtifact } from '../run/deliver-artifact.js'
import type { RunParts } from '../run/execute-run.js'
import { exitCodeOfVerdicts } from '../run/exit-code.js'
import { readDurations, rememberDurations, type Durations } from '../run/history.js'
import { moduleEnvironment } from '../run/module-environment.js'
import { readApp, type RunApp } from '../run/read-app.js'
import { planRun } from '../run/plan-run.js'
import { createRunId } from '../run/run-id.js'
import { startServers } from '../run/servers.js'
import { fillServers } from '../device/references.js'
import { Cleanups } from './cleanups.js'
import { masked } from './secrets.js'
import { openFarm, type OpenFarm } from './open-farm.js'
import { refuseUnwritable } from './refuse-unwritable.js'
import { readRunSettings, type RunFlags, type RunSettings } from './run-settings.js'
import { exitCodeOfSignal, listenForStop, type StopSignal } from './signals.js'

const historyFile = path.join('.baton', 'history.json')
/** A second signal leaves this long for taking the run out of a shared Redis. */
const leaveNowMs = 1_000

/** `baton run`: from globs to an exit code. What it starts, it stops, in the opposite order. */
export async function runCommand(globs: string[], flags: RunFlags): Promise<number> {
  const cwd = process.cwd()
  refuseNoGlobs(globs)
  const settings = await readRunSettings(flags, cwd)
  // what is not set shows before anything starts; servers are filled in once they run
  moduleEnvironment(settings.env, process.env)
  const app = flags.app === undefined ? undefined : await readApp(path.resolve(cwd, flags.app))
  const files = await findModules(globs, cwd)
  const durations = await readDurations(path.join(cwd, historyFile))
  if (flags.dryRun) return (await import('./dry-run.js')).dryRun({ files, settings, durations, cwd })

  await refuseUnwritable('--output', flags.output)
  if (flags.junit !== undefined) await refuseUnwritable('--junit', path.dirname(flags.junit))
  const cleanups = new Cleanups()
  const stop = new Stop()
  const run = createRunId(new Date())
  const reportDirectory = path.join(flags.output, run)
  let reported = false
  // the log of a host that never served
  cleanups.add(() => (reported ? undefined : rm(reportDirectory, { recursive: true, force: true }).catch(() => {})))
  try {
    const asked = { run, files, settings, app, flags, cwd }
    const preparation = { ...asked, cleanups, durations, reportDirectory, stop: stop.signal }
    const farm = await beginFarm(preparation)
    const { createRunReporter, executeRun, RunReport } = await import('./run-machinery.js')
    const reporter = createRunReporter(flags, reportDirectory)
    cleanups.add(() => reporter.close?.())
    if (reporter.notice) stop.tell = line => reporter.notice?.(line)
    const parts = await prepareRun(preparation, farm)
    stop.leaveNow = parts.forget
    const { output: outputDirectory, junit } = flags
    const report = await RunReport.open({ outputDirectory, run, ...(junit !== undefined && { junit }) }, reporter)
    cleanups.add(() => report.close())
    reported = true
    const onEvent = (event: RunEvent): void => report.add(maskDeep(event, masked))
    const saveArtifact: SaveArtifact = (event, content) =>
      report.saveArtifact(maskDeep(event, masked), maskArtifact(event.kind, content, masked))
    const { verdicts, farmFailure } = await executeRun({ ...parts, onEvent, saveArtifact })
    if (flags.grep === undefined) await rememberDurations(path.join(cwd, historyFile), report.durations())
    const exitCode = stop.received ? exitCodeOfSignal(stop.received) : exitCodeOfVerdicts(verdicts.values())
    await report.end(exitCode, stop.received)
    if (farmFailure && !stop.received) process.stderr.write(`${masked(formatError(farmFailure))}\n`)
    return exitCode
  } catch (error) {
    // whatever breaks while it is being stopped breaks because of that
    if (stop.received) return exitCodeOfSignal(stop.received)
    throw error
  } finally {
    await cleanups.run()
  }
}

interface Preparation {
  run: string
  files: string[]
  settings: RunSettings
  app: RunApp | undefined
  flags: RunFlags
  cwd: string
  cleanups: Cleanups
  durations: Durations
  reportDirectory: string
  stop: AbortSignal
}

/** Its start takes longest: this process loads the rest of its own code only once that is under way. */
async function beginFarm(preparation: Preparation): Promise<() => Promise<OpenFarm>> {
  const { settings, cleanups, reportDirectory, stop } = preparation
  try {
    return await openFarm({ settings, cleanups, hostLog: path.join(reportDirectory, 'host.log'), stop })
  } catch (error) {
    // told once it is known whether the modules have faults of their own
    return () => Promise.reject(error)
  }
}

/** Farm, servers and bundles don't need one another: they are made ready at the same time. */
async function prepareRun(
  preparation: Preparation,
  openedFarm: () => Promise<OpenFarm>,
): Promise<Omit<RunParts, 'onEvent' | 'saveArtifact'>> {
  const { run, files, settings, app, flags, cwd, cleanups, durations, stop } = preparation
  const { forgetRun, loadModules } = await import('./run-machinery.js')
  const starting = Promise.allSettled([
    openedFarm(),
    startServers(settings.servers, { environment: process.env, onLost: warn, stopped: stop }).then(servers => {
      cleanups.add(() => servers.stop())
      return servers
    }),
    loadModules({ files, cwd, setup: settings.setup }),
  ])
  const [farm, servers, loaded] = await starting
  stop.throwIfAborted()
  if (loaded.status === 'rejected') throw loaded.reason
  if (servers.status === 'rejected' || farm.status === 'rejected') {
    // the user's own mistakes first
    const failed = [servers, farm].flatMap(result => (result.status === 'rejected' ? [result.reason as unknown] : []))
    throw together([...loaded.value.faults, ...failed])
  }

  const registered = await farm.value.farm.registry.listDevices()
  const candidates = registered.map(({ name, labels }) => ({ name, labels: new Set(labels) }))
  const modules = planRun(loaded.value, settings.on, candidates, durations)
  const env = settings.env.map(request => fillServers(request, servers.value.urls))
  return {
    run,
    farm: farm.value.farm,
    farmLost: farm.value.farmLost,
    forget: onlyOnce(() => forgetRun(farm.value.farm.runs, run)),
    ownerTtlMs: settings.ownerTtlMs,
    stop,
    modules,
    options: {
      on: settings.on,
      app,
      retries: flags.retries,
      waitTimeoutMs: settings.waitTimeoutMs,
      bail: flags.bail ?? false,
      execution: {
        mocha: {
          timeoutMs: settings.timeoutMs,
          ...(flags.grep !== undefined && { grep: flags.grep }),
          bail: flags.bail ?? false,
          forbidOnly: isSet(process.env['CI']),
        },
        moduleTimeoutMs: settings.moduleTimeoutMs,
        env: moduleEnvironment(env, process.env),
        servers: servers.value.urls,
        inspect: settings.inspect,
      },
    },
  }
}

/** Two that take one run out of Redis at a time put back what the other has removed. */
function onlyOnce(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= work())
}

function refuseNoGlobs(globs: readonly string[]): void {
  if (globs.length > 0) return
  throw new BatonError('BATON_USAGE', 'baton run: expected the modules to run: files, folders or globs.', {
    hint: "e.g. baton run 'test/modules/**/*.ts'",
  })
}

/** Some set `CI=false` where there is none. */
function isSet(variable: string | undefined): boolean {
  return !['', '0', 'false'].includes(variable ?? '')
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
    listenForStop({
      onStop: signal => {
        this.received = signal
        this.tell(`baton: stopping (${signal}); once more to stop at once`)
        this.#controller.abort(`the run was stopped by ${signal}`)
      },
      onStopNow: signal => {
        const leave = (): never => process.exit(exitCodeOfSignal(signal))
        setTimeout(leave, leaveNowMs)
        void this.leaveNow().then(leave, leave)
      },
    })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }
}
