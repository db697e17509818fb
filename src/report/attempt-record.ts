import type { RunEvent } from '../event/run-event.js'
import { noTests } from '../event/verdicts.js'
import type { ArtifactRecord, AttemptRecord, LogRecord } from './run-schema.js'

/** Pieces of output kept in memory for an attempt while its module runs. */
const maxLogs = 1_000
/** Characters of output kept in memory for an attempt whose module has ended: a run may have 10,000 of them. */
const maxText = { passed: 2_000, failed: 40_000 }

export function newAttempt(lease: string, startedAt: number): AttemptRecord {
  const none = { counts: noTests(), tests: [], logs: [], logsLeftOut: 0, artifacts: [] }
  return { lease, devices: {}, startedAt, durationMs: 0, ...none }
}

export function addLog(attempt: AttemptRecord, event: Extract<RunEvent, { type: 'log' }>): void {
  const { at, stream, text, title } = event
  attempt.logs.push({ at, stream, text, ...(title && { title }) })
  if (attempt.logs.length <= maxLogs) return
  attempt.logs.shift()
  attempt.logsLeftOut += 1
}

/** Keeps the end of the output; events.ndjson has all of it. */
export function shortenLogs(attempt: AttemptRecord): void {
  let room = maxText[attempt.verdict === 'passed' || attempt.verdict === 'skipped' ? 'passed' : 'failed']
  const kept: LogRecord[] = []
  for (const log of attempt.logs.toReversed()) {
    if (room <= 0) break
    kept.push(log.text.length > room ? { ...log, text: `…${log.text.slice(-room)}` } : log)
    room -= log.text.length
  }
  attempt.logsLeftOut += attempt.logs.length - kept.length
  attempt.logs = kept.toReversed()
}

export function addTestEnd(attempt: AttemptRecord, event: Extract<RunEvent, { type: 'test:end' }>): void {
  const { kind, title, state, durationMs, retry, willRetry, error, trail, failedBranch, branches, lastCommands } = event
  const artifacts = state === 'failed' && !willRetry ? takeArtifacts(attempt, title) : []
  attempt.tests.push({
    kind,
    title,
    state,
    startedAt: event.at - durationMs,
    durationMs,
    retry,
    ...(willRetry && { willRetry }),
    ...(error && { error }),
    ...(trail && { trail }),
    ...(failedBranch !== undefined && { failedBranch }),
    ...(branches && { branches }),
    ...(lastCommands && { lastCommands }),
    ...(artifacts.length > 0 && { artifacts }),
  })
  delete attempt.running
  // The end of the attempt has the counts. Until it comes, tests are counted as mocha does: hooks only if they fail.
  const counts = !willRetry && (kind === 'test' || state === 'failed')
  if (attempt.verdict === undefined && counts) attempt.counts[state] += 1
}

/** An artifact belongs to the next failure that is reported. */
export function addArtifact(attempt: AttemptRecord, event: Extract<RunEvent, { type: 'artifact' }>): void {
  const { role, device, kind, path, bytes, title, summary, reason } = event
  if (path === undefined) {
    if (reason !== undefined) (attempt.missing ??= []).push({ role, device, kind, reason })
    return
  }
  const found = summary === undefined ? {} : { summary, finding: summary }
  attempt.artifacts.push({ role, device, kind, path, bytes, ...found, ...(title && { title }) })
  // In one order, whichever device delivers its files first.
  attempt.artifacts.sort((one, other) => one.path.localeCompare(other.path))
}

/** A later try of the same module may write a file again. */
export function addFile(attempt: AttemptRecord, event: Extract<RunEvent, { type: 'file' }>): void {
  const { name, change, bytes, place, path, reason } = event
  const files = (attempt.files ??= [])
  files.push({
    name,
    change,
    bytes,
    ...(place !== undefined && { place }),
    ...(path !== undefined && { path }),
    ...(reason !== undefined && { reason }),
  })
}

function takeArtifacts(attempt: AttemptRecord, title: readonly string[]): ArtifactRecord[] {
  const isOf = (artifact: ArtifactRecord): boolean => JSON.stringify(artifact.title) === JSON.stringify(title)
  const taken = attempt.artifacts.filter(isOf)
  attempt.artifacts = attempt.artifacts.filter(artifact => !isOf(artifact))
  for (const artifact of taken) delete artifact.title
  return taken
}
