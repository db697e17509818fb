import { defaults } from '../device/defaults.js'
import { combineErrors } from '../error/baton-error.js'
import { exitCodeFor, formatError } from '../error/format-error.js'
import { maskDeep } from '../event/masker.js'
import type { RunEvent } from '../event/run-event.js'
import { forgetRun } from '../lease/forget-run.js'
import { dotenvValues, isDotenvFile } from '../module/dotenv-file.js'
import type { LoadedModules } from '../module/load-modules.js'
import { pruneRuns } from '../report/prune-runs.js'
import { RunReport } from '../report/run-report.js'
import { detachRun } from '../run/detach-run.js'
import { executeRun, type ExecuteRunOptions, type RunOutcome } from '../run/execute-run.js'
import type { FarmConnection } from '../run/farm-connection.js'
import { ProjectFiles } from '../run/project-files.js'
import { historyUpdates } from '../run/history/history-updates.js'
import { openHistory } from '../run/history/open-history.js'
import { projectName } from '../run/history/project-name.js'
import { partialFiles, suitesOf } from '../run/selection/module-selection.js'
import { candidateOf, planModules } from '../run/selection/plan-modules.js'
import type { RunningServers } from '../run/servers.js'
import type { ExplorationParts } from './conduct-exploration.js'
import { createRunReporter, noticeOf } from './create-reporter.js'
import { computedNameNotes, ownDevices } from './computed-names.js'
import { fileTargets } from './file-targets.js'
import { endReport } from './end-report.js'
import type { OpenFarm } from './open-farm.js'
import { buildRunOptions, isCi } from './build-run-options.js'
import { readModules } from './read-modules.js'
import { mayKeepServers, startRunServers } from './run-servers.js'
import type { RunSetup } from './run-setup.js'
import { hiddenSecrets, hideSecrets, masked, shown, warn } from './secrets.js'
import { exitCodeForSignal } from './signals.js'
import { unmatchedGrep } from './unmatched-grep.js'
import { unusedApps } from './unused-apps.js'
import { exitCodeOfVerdicts } from '../event/verdicts.js'

type PreparedRun = Omit<ExecuteRunOptions, 'onEvent' | 'fileTargets' | 'warn'> & { servers: RunningServers }

/**
 * Takes a run from selected modules to its reports.
 * @param openedFarm - waits until the farm serves
 * @returns the exit code
 */
export async function conductRun(setup: RunSetup, openedFarm: () => Promise<OpenFarm>): Promise<number> {
  const { run, flags, cleanups, stop, reportDirectory } = setup
  const reporter = createRunReporter(flags, reportDirectory, setup.explore)
  cleanups.add(() => reporter.close?.())
  if (reporter.notice) stop.print = line => reporter.notice?.(line)
  const print = (line: string): void => {
    if (reporter.notice) reporter.notice(shown(line))
    else process.stderr.write(`${shown(line)}\n`)
  }
  const prepared = await prepareRun(setup, openedFarm, print)
  stop.leaveNow = prepared.forget
  if (flags.detach) return detach(prepared, setup)
  const { output: outputDirectory, junit } = flags
  const report = await RunReport.open({ outputDirectory, run, ...(junit !== undefined && { junit }) }, reporter)
  cleanups.add(() => report.close())
  setup.reported = true
  const onEvent = (event: RunEvent): void => report.add(maskDeep(event, masked))
  const project = new ProjectFiles({
    cwd: setup.cwd,
    moduleNames: moduleNamesOf(prepared.modules),
    removesSnapshots: flags.updateSnapshots === 'all',
  })
  const warnOfRun = noticeOf(reporter)
  const parts = { ...prepared, onEvent, fileTargets: fileTargets(report, project), warn: warnOfRun }
  if (setup.explore) return explore(setup, report, { ...parts, request: setup.explore, print })
  const outcome = await executeRun(parts)
  setup.verdicts = outcome.verdicts
  await addToHistory(setup, prepared, report, outcome)
  return finishRun(setup, report, outcome)
}

/** `baton explore` and `baton replay`: their jobs say nothing about how long a module takes, so they have no history. */
async function explore(setup: RunSetup, report: RunReport, parts: ExplorationParts): Promise<number> {
  const { conductExploration } = await import('./conduct-exploration.js')
  const outcome = await conductExploration(setup, parts)
  setup.verdicts = outcome.verdicts
  const exitCode = await finishRun(setup, report, outcome)
  if (outcome.unsaved) process.stderr.write(`${shown(formatError(outcome.unsaved))}\n`)
  return exitCode
}

/** The values of `.env` files that are sent with modules are secrets, as those of the environment are. */
async function dotenvSecrets(modules: LoadedModules['modules']): Promise<string[]> {
  const files = modules.flatMap(({ bundle }) => bundle.files.filter(({ path }) => isDotenvFile(path)))
  const contents = await Promise.all(files.map(async file => (await file.read()).toString()))
  return contents.flatMap(dotenvValues)
}

function moduleNamesOf(modules: PreparedRun['modules']): Map<string, string> {
  return new Map(modules.map(({ id, file }) => [id, file]))
}

/** Farm, servers and bundles don't need one another: they are prepared at the same time. A mistake in a module ends that. */
async function prepareRun(
  setup: RunSetup,
  openedFarm: () => Promise<OpenFarm>,
  print: (line: string) => void,
): Promise<PreparedRun> {
  const { run, selection, settings, flags } = setup
  const stop = setup.stop.signal
  const reading = readModules(setup)
  reading.catch(() => setup.starting.abort(cancelled))
  const opening = openedFarm()
  const starting = mayKeepServers(setup)
    ? opening.then(({ servers }) => startRunServers(setup, servers))
    : startRunServers(setup)
  const [opened, servers, loaded] = await Promise.allSettled([opening, starting, reading])
  stop.throwIfAborted()
  if (servers.status === 'rejected' || opened.status === 'rejected' || loaded.status === 'rejected') {
    const failed = [servers, opened].flatMap(result => (result.status === 'rejected' ? [result.reason as unknown] : []))
    const mistakes = loaded.status === 'rejected' ? [loaded.reason as unknown] : loaded.value.errors
    // The user's own mistakes first. Servers may have failed because the farm did.
    throw combineErrors([...mistakes, ...new Set(failed.filter(reason => reason !== cancelled))])
  }

  const { farm, farmLost } = opened.value
  if (loaded.value.errors.length === 0) await waitForHosts(setup, farm, print)
  hideSecrets(await dotenvSecrets(loaded.value.modules))
  const devices = (await farm.registry.listDevices()).map(candidateOf)
  const { modules, stages } = planModules(selection, loaded.value, { options: settings.selection, farm: devices })
  computedNameNotes(loaded.value, ownDevices(settings)).forEach(warn)
  unusedApps({ app: flags.app, suites: suitesOf(selection) }, modules, devices).forEach(warn)
  for (const { bundle, refused } of loaded.value.modules)
    if (refused) warn(`${bundle.file} can't be loaded and fails; with --strict, nothing would run`)
  return {
    run,
    farm,
    farmLost,
    forget: onlyOnce(() => forgetRun(farm.runs, run)),
    ownerTtlMs: settings.ownerTtlMs,
    stop,
    modules,
    stages,
    options: buildRunOptions({ ...setup, servers: servers.value.urls }),
    servers: servers.value,
  }
}

/** Why farm and servers did not start if there is a mistake in a module. */
const cancelled = new Error('the run is not started')

/** `--wait-for` */
async function waitForHosts(
  { flags, settings, stop }: RunSetup,
  farm: FarmConnection,
  print: (line: string) => void,
): Promise<void> {
  const { redisUrl, waitTimeoutMs: timeoutMs } = settings
  if (!flags.waitFor || redisUrl === undefined) return
  const { waitForFarm } = await import('../run/wait-for-farm.js')
  await waitForFarm({ farm, requirements: flags.waitFor, redisUrl, timeoutMs, stop: stop.signal, print })
}

async function detach(prepared: PreparedRun, { selection, flags, cwd }: RunSetup): Promise<number> {
  const partial = partialFiles(selection, flags.grep)
  const files = new Set(prepared.modules.map(({ file }) => file))
  const history = { project: await projectName(cwd), partial: [...files].filter(file => partial.has(file)) }
  try {
    await detachRun({ ...prepared, stages: prepared.stages ?? [], details: { secrets: hiddenSecrets(), history } })
  } catch (error) {
    await prepared.forget()
    throw error
  }
  process.stdout.write(`${prepared.run}\n`)
  // Not the farm's URL: it may contain a password.
  warn(`the run continues on the farm; to see it: baton follow ${prepared.run} --redis …`)
  return 0
}

/** If a shared farm failed, its history can't be reached either. */
async function addToHistory(
  { selection, settings, flags, cwd }: RunSetup,
  { farm }: PreparedRun,
  report: RunReport,
  { farmFailure }: RunOutcome,
): Promise<void> {
  const shared = settings.redisUrl === undefined ? undefined : farm.runs.scripts
  if (farmFailure && shared) return
  const partial = partialFiles(selection, flags.grep)
  const history = await openHistory(cwd, shared)
  const problem = await history.add(historyUpdates(report.moduleSummaries(), file => partial.has(file)))
  if (problem !== undefined) warn(`the durations of this run are not remembered: ${problem}`)
}

async function finishRun(
  { selection, flags, stop }: RunSetup,
  report: RunReport,
  { verdicts, farmFailure }: RunOutcome,
): Promise<number> {
  const failure = farmFailure ?? unmatchedGrep(flags, suitesOf(selection), report)
  const ofVerdicts = exitCodeOfVerdicts(verdicts.values())
  const ownExitCode = ofVerdicts === 0 && failure && !farmFailure ? exitCodeFor(failure) : ofVerdicts
  const exitCode = stop.received ? exitCodeForSignal(stop.received) : ownExitCode
  const ended = await endReport(report, exitCode, flags, stop.received)
  await pruneRuns(flags.output, flags.keep ?? keptByDefault(), Date.now())
  if (failure && !stop.received) process.stderr.write(`${shown(formatError(failure))}\n`)
  return ended
}

/** In CI, one job may start many runs, whose reports are collected when it ends. */
function keptByDefault(): number {
  return isCi() ? Infinity : defaults.keptRuns
}

/** If two remove a run from Redis at the same time, one puts back what the other has removed. */
function onlyOnce(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= work())
}
