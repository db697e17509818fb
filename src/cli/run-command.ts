import path from 'node:path'
import { maskArtifact } from '../event/mask-artifact.js'
import { createMasker, maskDeep } from '../event/masker.js'
import type { RunEvent } from '../event/run-event.js'
import { loadModules } from '../module/load-modules.js'
import { findModules } from '../module/find-modules.js'
import { RunReport } from '../report/run-report.js'
import type { SaveArtifact } from '../run/deliver-artifact.js'
import { executeRun, type RunParts } from '../run/execute-run.js'
import { exitCodeOfVerdicts } from '../run/exit-code.js'
import { readDurations, rememberDurations, type Durations } from '../run/history.js'
import { moduleEnvironment } from '../run/module-environment.js'
import { planRun } from '../run/plan-run.js'
import { createRunId } from '../run/run-id.js'
import { startServers } from '../run/servers.js'
import { fillServers } from '../device/references.js'
import { Cleanups } from './cleanups.js'
import { createReporter } from './create-reporter.js'
import { dryRun } from './dry-run.js'
import { openFarm } from './open-farm.js'
import { readRunSettings, type RunFlags, type RunSettings } from './run-settings.js'
import { exitCodeOfSignal, listenForStop, type StopSignal } from './signals.js'

const historyFile = path.join('.baton', 'history.json')
/** A second signal leaves this long for taking the run out of a shared Redis. */
const leaveNowMs = 1_000

/** `baton run`: from globs to an exit code. What it starts, it stops, in the opposite order. */
export async function runCommand(globs: string[], flags: RunFlags): Promise<number> {
  const cwd = process.cwd()
  const settings = await readRunSettings(flags, cwd)
  const files = await findModules(globs, cwd)
  const durations = await readDurations(path.join(cwd, historyFile))
  if (flags.dryRun) return dryRun({ files, settings, durations, cwd })

  const cleanups = new Cleanups()
  const stop = new Stop()
  const run = createRunId(new Date())
  const reportDirectory = path.join(flags.output, run)
  try {
    const parts = await prepareRun({ run, files, settings, flags, cwd, cleanups, durations, reportDirectory })
    stop.leaveNow = () => parts.farm.runs.cancel(run, 'stopped').then(() => {})
    const { output: outputDirectory, junit } = flags
    const report = await RunReport.open({ outputDirectory, run, ...(junit !== undefined && { junit }) }, directory =>
      createReporter(flags, directory),
    )
    cleanups.add(() => report.close())
    const mask = createMasker(settings.secrets)
    const onEvent = (event: RunEvent): void => report.add(maskDeep(event, mask))
    const saveArtifact: SaveArtifact = (event, content) =>
      report.saveArtifact(maskDeep(event, mask), maskArtifact(event.kind, content, mask))
    const verdicts = await executeRun({ ...parts, onEvent, saveArtifact, stop: stop.signal })
    if (flags.grep === undefined) await rememberDurations(path.join(cwd, historyFile), report.durations())
    const exitCode = stop.received ? exitCodeOfSignal(stop.received) : exitCodeOfVerdicts(verdicts.values())
    await report.end(exitCode, stop.received)
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
  flags: RunFlags
  cwd: string
  cleanups: Cleanups
  durations: Durations
  reportDirectory: string
}

/** Farm, servers and bundles don't need one another: they are made ready at the same time. */
async function prepareRun(preparation: Preparation): Promise<Omit<RunParts, 'stop' | 'onEvent' | 'saveArtifact'>> {
  const { run, files, settings, flags, cwd, cleanups, durations, reportDirectory } = preparation
  const starting = Promise.allSettled([
    openFarm(settings, cleanups, path.join(reportDirectory, 'host.log')),
    startServers(settings.servers, process.env).then(servers => {
      cleanups.add(() => servers.stop())
      return servers
    }),
    loadModules({ files, cwd, setup: settings.setup }),
  ])
  const [farm, servers, loaded] = await starting
  // the user's own mistakes first
  for (const result of [loaded, servers, farm]) if (result.status === 'rejected') throw result.reason
  if (farm.status !== 'fulfilled' || servers.status !== 'fulfilled' || loaded.status !== 'fulfilled')
    throw new Error('unreachable')

  const registered = await farm.value.farm.registry.listDevices()
  const candidates = registered.map(({ name, labels }) => ({ name, labels: new Set(labels) }))
  const modules = planRun(loaded.value, settings.on, candidates, durations)
  const env = settings.env.map(request => fillServers(request, servers.value.urls))
  return {
    run,
    farm: farm.value.farm,
    farmLost: farm.value.farmLost,
    modules,
    options: {
      on: settings.on,
      retries: flags.retries,
      waitTimeoutMs: settings.waitTimeoutMs,
      bail: flags.bail ?? false,
      execution: {
        mocha: {
          timeoutMs: settings.timeoutMs,
          ...(flags.grep !== undefined && { grep: flags.grep }),
          bail: flags.bail ?? false,
          forbidOnly: Boolean(process.env['CI']),
        },
        moduleTimeoutMs: settings.moduleTimeoutMs,
        env: moduleEnvironment(env, process.env),
        servers: servers.value.urls,
        inspect: flags.inspect ?? false,
      },
    },
  }
}

/** Ctrl-C and SIGTERM: once stops the run, twice leaves at once. */
class Stop {
  received: StopSignal | undefined
  /** Takes the run out of the farm; what this process started is ended by its reaper. */
  leaveNow: () => Promise<void> = async () => {}
  readonly #controller = new AbortController()

  constructor() {
    listenForStop({
      onStop: signal => {
        this.received = signal
        process.stderr.write(`\nbaton: stopping (${signal}); once more to stop at once\n`)
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
