import type { ModuleListing, RunEvent } from '../event/run-event.js'
import { noTests, type ModuleVerdict } from '../event/verdicts.js'
import type { ArtifactRecord, AttemptRecord, LogRecord } from './run-schema.js'

export type { AttemptRecord, LogRecord, TestRecord } from './run-schema.js'

export interface ModuleState {
  listing: ModuleListing
  /** By lease, in the order in which they were heard of. */
  attempts: Map<string, AttemptRecord>
  end?: { verdict: ModuleVerdict; attempts: number; lease?: string; reasons: string[] }
}

/** What is known of a run so far: the fold of its events. */
export interface RunState {
  run: string
  options: Record<string, unknown>
  firstAt: number | undefined
  lastAt: number
  modules: Map<string, ModuleState>
  /** Last state told of each device. */
  devices: Map<string, { host: string; state: string; reason?: string }>
  end?: { exitCode: number; durationMs: number; interrupted?: string }
}

/** Pieces of output kept in memory of an attempt while its module runs. */
const logsKept = 1_000
/** Characters of output kept in memory of an attempt whose module has ended: a run may have 10,000 of them. */
const textKept = { passed: 2_000, failed: 40_000 }

export function newRunState(): RunState {
  return { run: '', options: {}, firstAt: undefined, lastAt: 0, modules: new Map(), devices: new Map() }
}

/**
 * Adds one event to what is known. Any event may be missing or late: a killed run has no ends, and the events of a
 * module that lost its lease may mix with those of its next attempt. They are told apart by their lease.
 * @param state - is changed: a copy for each of a million events would cost more than the run
 */
export function applyEvent(state: RunState, event: RunEvent): void {
  state.firstAt = Math.min(state.firstAt ?? event.at, event.at)
  state.lastAt = Math.max(state.lastAt, event.at)
  switch (event.type) {
    case 'run:start':
      state.run = event.run
      state.options = event.options
      for (const listing of event.modules) moduleOf(state, listing.id).listing = listing
      return
    case 'run:end': {
      const { exitCode, durationMs, interrupted } = event
      state.end = { exitCode, durationMs, ...(interrupted !== undefined && { interrupted }) }
      return
    }
    case 'device:state': {
      const { device, host, state: name, reason } = event
      state.devices.set(device, { host, state: name, ...(reason !== undefined && { reason }) })
      return
    }
    case 'module:end': {
      const { verdict, attempts, lease, reasons = [] } = event
      const module = moduleOf(state, event.module)
      // A module is recorded once: what is told again is the same end, seen by another.
      module.end ??= { verdict, attempts, reasons, ...(lease !== undefined && { lease }) }
      for (const attempt of module.attempts.values()) shortenLogs(attempt)
      return
    }
    case 'stage':
      return
    case 'attempt:start':
    case 'events:dropped':
    case 'attempt:end':
    case 'module:loaded':
    case 'test:start':
    case 'test:end':
    case 'baton:pass':
    case 'branch:start':
    case 'branch:end':
    case 'branch:wait':
    case 'branch:resume':
    case 'barrier:arrive':
    case 'signal':
    case 'log':
    case 'artifact':
      applyToAttempt(attemptOf(state, event), event)
  }
}

type AttemptEvent = Exclude<Extract<RunEvent, { lease: string; module: string }>, { type: 'module:end' }>

function moduleOf(state: RunState, id: string): ModuleState {
  const known = state.modules.get(id)
  if (known) return known
  const unlisted: ModuleState = { listing: { id, file: id, firstRole: '', roles: {} }, attempts: new Map() }
  state.modules.set(id, unlisted)
  return unlisted
}

function attemptOf(state: RunState, { module, lease, at }: { module: string; lease: string; at: number }) {
  const { attempts } = moduleOf(state, module)
  const known = attempts.get(lease)
  if (known) return known
  const counts = noTests()
  const attempt: AttemptRecord = {
    lease,
    devices: {},
    startedAt: at,
    durationMs: 0,
    counts,
    tests: [],
    logs: [],
    logsLeftOut: 0,
    artifacts: [],
  }
  attempts.set(lease, attempt)
  return attempt
}

function applyToAttempt(attempt: AttemptRecord, event: AttemptEvent): void {
  if (attempt.verdict === undefined) attempt.durationMs = Math.max(attempt.durationMs, event.at - attempt.startedAt)
  switch (event.type) {
    case 'attempt:start':
      Object.assign(attempt, { attempt: event.attempt, host: event.host, devices: event.devices, startedAt: event.at })
      return
    case 'attempt:end':
      Object.assign(attempt, { attempt: event.attempt, verdict: event.verdict, durationMs: event.durationMs })
      attempt.counts = event.counts
      if (event.error) attempt.error = event.error
      return
    case 'events:dropped':
      attempt.eventsDropped = event.count
      return
    case 'test:start':
      attempt.running = event.title
      return
    case 'test:end':
      addTest(attempt, event)
      return
    case 'artifact':
      addArtifact(attempt, event)
      return
    case 'log': {
      const { at, stream, text, title } = event
      attempt.logs.push({ at, stream, text, ...(title && { title }) })
      if (attempt.logs.length <= logsKept) return
      attempt.logs.shift()
      attempt.logsLeftOut += 1
      return
    }
    case 'module:loaded':
    case 'baton:pass':
    case 'branch:start':
    case 'branch:end':
    case 'branch:wait':
    case 'branch:resume':
    case 'barrier:arrive':
    case 'signal':
  }
}

/** Keeps the end of the output; events.ndjson has all of it. */
function shortenLogs(attempt: AttemptRecord): void {
  let room = textKept[attempt.verdict === 'passed' || attempt.verdict === 'skipped' ? 'passed' : 'failed']
  const kept: LogRecord[] = []
  for (const log of attempt.logs.toReversed()) {
    if (room <= 0) break
    kept.push(log.text.length > room ? { ...log, text: `…${log.text.slice(-room)}` } : log)
    room -= log.text.length
  }
  attempt.logsLeftOut += attempt.logs.length - kept.length
  attempt.logs = kept.toReversed()
}

function addTest(attempt: AttemptRecord, event: Extract<RunEvent, { type: 'test:end' }>): void {
  const { kind, title, state, durationMs, retry, willRetry, error, trail, branches } = event
  const explained = { ...(error && { error }), ...(trail && { trail }), ...(branches && { branches }) }
  const rest = { ...(willRetry && { willRetry }), ...explained }
  const artifacts = state === 'failed' && !willRetry ? takeArtifacts(attempt, title) : []
  attempt.tests.push({
    kind,
    title,
    state,
    durationMs,
    retry,
    ...rest,
    ...(artifacts.length > 0 && { artifacts }),
  })
  delete attempt.running
  // The attempt's own end says how many there were; until it comes they are counted, as mocha does: hooks only where
  // they fail.
  const counts = !willRetry && (kind === 'test' || state === 'failed')
  if (attempt.verdict === undefined && counts) attempt.counts[state] += 1
}

/** A file that was fetched belongs to the failure whose end is told next. */
function addArtifact(attempt: AttemptRecord, event: Extract<RunEvent, { type: 'artifact' }>): void {
  const { role, device, kind, path, bytes, title, summary, reason } = event
  if (path === undefined) {
    if (reason !== undefined) (attempt.missing ??= []).push({ role, device, kind, reason })
    return
  }
  const found = summary === undefined ? {} : { summary }
  attempt.artifacts.push({ role, device, kind, path, bytes, ...found, ...(title && { title }) })
  // Whichever device hands its files over first.
  attempt.artifacts.sort((one, other) => one.path.localeCompare(other.path))
}

function takeArtifacts(attempt: AttemptRecord, title: readonly string[]): ArtifactRecord[] {
  const isOf = (artifact: ArtifactRecord): boolean => JSON.stringify(artifact.title) === JSON.stringify(title)
  const taken = attempt.artifacts.filter(isOf)
  attempt.artifacts = attempt.artifacts.filter(artifact => !isOf(artifact))
  for (const artifact of taken) delete artifact.title
  return taken
}
