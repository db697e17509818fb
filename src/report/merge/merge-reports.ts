import { existsSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import path from 'node:path'
import { BatonError } from '../../error/baton-error.js'
import { EVENTS_VERSION, type RunEvent } from '../../event/run-event.js'
import { exitCodeOfVerdicts, type ModuleVerdict } from '../../event/verdicts.js'
import { openEventLog, readEvents } from '../event-log.js'
import { latestLink, makeReportDirectory } from '../report-directory.js'
import { MergedModules } from './merged-modules.js'

type RunStart = Extract<RunEvent, { type: 'run:start' }>
type RunEnd = Extract<RunEvent, { type: 'run:end' }>

/** What is known of a run before its events are merged. */
interface MergedRun {
  directory: string
  start: RunStart
  end: RunEnd | undefined
  /** Of its modules that have one. */
  verdicts: readonly ModuleVerdict[]
  firstAt: number
  lastAt: number
}

/**
 * Joins the events and files of several runs in a new folder, such as those of the shards of a CI job.
 * @param directories - of the runs; `latest` is left out if the run that it stands for is there, too
 * @param warn - prints a line for people: about a line of a file that is left out
 * @throws BatonError BATON_REPORT_UNREADABLE if a run has no events, or those of a later version; BATON_USAGE if the folder has
 * a report already, or a run is named twice
 */
export async function mergeReports(
  directories: readonly string[],
  out: string,
  warn: (line: string) => void,
): Promise<void> {
  if (existsSync(path.join(out, 'events.ndjson'))) {
    const hint = 'name a new folder, or remove this one.'
    throw new BatonError('BATON_USAGE', `--merge: expected a folder without a report, found ${out}.`, { hint })
  }
  const read: MergedRun[] = []
  for (const directory of directories) read.push(await readRun(directory))
  const runs = withoutLatest(read)
  assertDifferent(runs)
  runs.sort((one, other) => one.firstAt - other.firstAt)

  await makeReportDirectory(out)
  const log = openEventLog(path.join(out, 'events.ndjson'))
  try {
    const modules = new MergedModules()
    // Reports list modules at the start.
    const listed = new MergedModules()
    for (const { start } of runs) listed.startRun(start.modules)
    log.append([mergedStart(runs, listed)])
    for (const [index, { directory, start }] of runs.entries()) {
      modules.startRun(start.modules)
      const file = path.join(directory, 'events.ndjson')
      for await (const event of readEvents(file, (line, problem) =>
        warn(`${file}:${line}: ignored a line: ${problem}`),
      )) {
        const renamed = event.type === 'run:start' || event.type === 'run:end' ? undefined : modules.rename(event)
        if (renamed) log.append([renamed])
      }
      await copyArtifacts(directory, path.join(out, 'artifacts', String(index + 1)))
    }
    const end = mergedEnd(runs, modules)
    if (end) log.append([end])
  } finally {
    log.close()
  }
}

/** A pattern such as `shard-1/*` also matches `latest`: a link to another run, or its copy if CI has stored the folder. */
function withoutLatest(runs: readonly MergedRun[]): MergedRun[] {
  const isLatest = ({ directory }: MergedRun): boolean => path.basename(directory) === latestLink
  return runs.filter(
    run => !isLatest(run) || !runs.some(other => !isLatest(other) && other.start.run === run.start.run),
  )
}

async function readRun(directory: string): Promise<MergedRun> {
  let start: RunStart | undefined
  let end: RunEnd | undefined
  const verdicts = new Map<string, ModuleVerdict>()
  let firstAt = Infinity
  let lastAt = 0
  for await (const event of readEvents(path.join(directory, 'events.ndjson'), () => {})) {
    firstAt = Math.min(firstAt, event.at)
    lastAt = Math.max(lastAt, event.at)
    if (event.type === 'run:start') start ??= event
    if (event.type === 'run:end') end = event
    if (event.type === 'module:end') verdicts.set(event.module, event.verdict)
  }
  if (start) return { directory, start, end, verdicts: [...verdicts.values()], firstAt, lastAt }
  throw new BatonError('BATON_REPORT_UNREADABLE', `${directory} has no modules: the run ended before it started any.`, {
    hint: 'leave this folder out.',
  })
}

function assertDifferent(runs: readonly MergedRun[]): void {
  const folders = new Map<string, string>()
  for (const { directory, start } of runs) {
    const other = folders.get(start.run)
    if (other !== undefined) {
      const found = `found run ${start.run} in ${other} and ${directory}`
      throw new BatonError('BATON_USAGE', `--merge: expected different runs, ${found}.`, {
        hint: 'name each run once.',
      })
    }
    folders.set(start.run, directory)
  }
}

function mergedStart(runs: readonly MergedRun[], { listings }: MergedModules): RunStart {
  const names = runs.map(({ start }) => start.run)
  const [first] = runs
  return {
    type: 'run:start',
    version: EVENTS_VERSION,
    run: [names[0] ?? '', ...(names.length > 1 ? [`and ${names.length - 1} more`] : [])].join(' '),
    modules: listings,
    options: { ...first?.start.options, merged: names },
    at: Math.min(...runs.map(({ firstAt }) => firstAt)),
  }
}

/** @returns undefined if a run was killed: nobody knows how it would have ended */
function mergedEnd(runs: readonly MergedRun[], { verdicts }: MergedModules): RunEnd | undefined {
  const ends = runs.flatMap(({ end }) => end ?? [])
  if (ends.length < runs.length) return undefined
  // Why else a run failed: a mistake, a signal, a hook after all modules.
  const others = runs
    .filter(run => run.end?.exitCode !== exitCodeOfVerdicts(run.verdicts))
    .map(run => run.end?.exitCode ?? 0)
  const ofVerdicts = exitCodeOfVerdicts(verdicts)
  const exitCode = ofVerdicts === 1 ? 1 : Math.max(ofVerdicts, ...others)
  const interrupted = ends.find(end => end.interrupted !== undefined)?.interrupted
  const at = Math.max(...runs.map(({ lastAt }) => lastAt))
  const durationMs = at - Math.min(...runs.map(({ firstAt }) => firstAt))
  return { type: 'run:end', at, exitCode, durationMs, ...(interrupted !== undefined && { interrupted }) }
}

async function copyArtifacts(directory: string, to: string): Promise<void> {
  const from = path.join(directory, 'artifacts')
  if (existsSync(from)) await cp(from, to, { recursive: true })
}
