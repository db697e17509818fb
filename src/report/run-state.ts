import { Exploration } from '../explore/exploration.js'
import type { ModuleListing, RunEvent } from '../event/run-event.js'
import type { ModuleVerdict } from '../event/verdicts.js'
import { addArtifact, addFile, addLog, addTestEnd, newAttempt, shortenLogs } from './attempt-record.js'
import { leftOutWarnings } from './left-out-files.js'
import { DeviceActivities } from './device-activity.js'
import type { AttemptRecord, WarningRecord } from './run-schema.js'
import { endModuleOfSuite, startSuite, type SuiteState, type SuiteVerdict } from './suite-state.js'

export interface ModuleState {
  listing: ModuleListing
  /** By lease, in the order in which their first events came. */
  attempts: Map<string, AttemptRecord>
  /** What exploring it has found. */
  explored?: Exploration
  end?: { verdict: ModuleVerdict; attempts: number; lease?: string; reasons: string[] }
}

/** What is known about a run so far: its events, reduced. Every report reads from it. */
export interface RunState {
  run: string
  options: Record<string, unknown>
  /** False until `run:start`, while devices, servers and modules are prepared. */
  started: boolean
  firstAt: number | undefined
  lastAt: number
  modules: Map<string, ModuleState>
  /** Ids of listed modules without a result. */
  open: Set<string>
  /** Listed modules with a result, by verdict. */
  ended: Map<ModuleVerdict, number>
  suites: Map<string, SuiteState>
  /** The last state of each device. */
  devices: Map<string, { host: string; state: string; reason?: string }>
  /** What devices do now. */
  activity: DeviceActivities
  end?: { exitCode: number; durationMs: number; interrupted?: string }
}

/** What an event changed, as far as it is worth a line for people. */
export type RunChange =
  | { type: 'run-started'; run: string; modules: readonly ModuleListing[] }
  | { type: 'suite-started'; suite: string; modules: number }
  | { type: 'attempt-started'; module: ModuleState; attempt: AttemptRecord }
  | { type: 'device-trouble'; device: string; trouble: string }
  | { type: 'module-waiting'; module: ModuleState; more: number; roles: Readonly<Record<string, string>> }
  | { type: 'output'; module: ModuleState; text: string }
  | { type: 'warning'; module: ModuleState; warning: WarningRecord }
  | { type: 'events-dropped'; module: ModuleState; count: number }
  | { type: 'module-ended'; module: ModuleState }
  | { type: 'suite-ended'; suite: string; verdict: SuiteVerdict; state: SuiteState; reason?: string }

export function newRunState(): RunState {
  return {
    run: '',
    options: {},
    started: false,
    firstAt: undefined,
    lastAt: 0,
    modules: new Map(),
    open: new Set(),
    ended: new Map(),
    suites: new Map(),
    devices: new Map(),
    activity: new DeviceActivities(),
  }
}

/**
 * The one reducer of events. Any event may be missing or late: a killed run has no ends, and the events of a module
 * that lost its lease may mix with those of its next attempt. Attempts are distinguished by their leases.
 * @param state - is changed in place: a copy for each of a million events would cost more than the run
 * @returns what changed, in the order in which to show it
 */
export function applyEvent(state: RunState, event: RunEvent): readonly RunChange[] {
  state.firstAt = Math.min(state.firstAt ?? event.at, event.at)
  state.lastAt = Math.max(state.lastAt, event.at)
  const { activity } = state
  switch (event.type) {
    case 'run:start':
      return startRun(state, event)
    case 'run:end':
      return endRun(state, event)
    case 'device:state':
      return setDevice(state, event)
    case 'module:wait':
      return [{ type: 'module-waiting', module: moduleOf(state, event.module), more: event.more, roles: event.roles }]
    case 'attempt:start':
      return startAttempt(state, event)
    case 'attempt:end':
      return endAttempt(state, event)
    case 'module:end':
      return endModule(state, event)
    case 'log':
      return addOutput(state, event)
    case 'events:dropped':
      return countDropped(state, event)
    case 'warning':
      return addWarnings(state, event, [event])
    case 'snapshots':
      attemptOf(state, event).snapshots = event.counts
      return none
    case 'file':
      addFile(attemptOf(state, event), event)
      return none
    case 'artifact':
      addArtifact(attemptOf(state, event), event)
      return none
    case 'test:start':
      attemptOf(state, event).running = event.title
      activity.startTest(event)
      return none
    case 'test:end':
      addTestEnd(attemptOf(state, event), event)
      activity.endTest(event)
      return none
    case 'module:loaded':
      attemptOf(state, event)
      activity.load(event)
      return none
    case 'baton:pass':
      attemptOf(state, event)
      activity.passBaton(event)
      return none
    case 'branch:start':
    case 'branch:end':
    case 'branch:wait':
    case 'branch:resume':
      attemptOf(state, event)
      activity.moveBranch(event)
      return none
    case 'barrier:arrive':
    case 'signal':
    case 'network':
      attemptOf(state, event)
      return none
    case 'explore:iteration':
    case 'explore:minimised':
      return explore(state, event)
    case 'stage':
      // Reports show stages by their modules.
      return none
  }
  // A later version's event, in a report that is made again.
  return none
}

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>

const none: readonly RunChange[] = []

function startRun(state: RunState, { run, options, modules }: EventOf<'run:start'>): RunChange[] {
  Object.assign(state, { run, options, started: true })
  for (const listing of modules) {
    moduleOf(state, listing.id).listing = listing
    state.open.add(listing.id)
    if (listing.suite === undefined) continue
    const suite = state.suites.get(listing.suite) ?? { open: new Set(), started: false, ended: new Map() }
    suite.open.add(listing.id)
    state.suites.set(listing.suite, suite)
  }
  return [{ type: 'run-started', run, modules }]
}

function endRun(state: RunState, { exitCode, durationMs, interrupted }: EventOf<'run:end'>): readonly RunChange[] {
  state.end = { exitCode, durationMs, ...(interrupted !== undefined && { interrupted }) }
  return none
}

function setDevice(state: RunState, event: EventOf<'device:state'>): readonly RunChange[] {
  const { device, host, state: name, reason } = event
  const before = troubleOf(state.devices.get(device))
  const known = { host, state: name, ...(reason !== undefined && { reason }) }
  const trouble = troubleOf(known)
  state.devices.set(device, known)
  state.activity.setTrouble(device, trouble)
  return trouble === undefined || trouble === before ? none : [{ type: 'device-trouble', device, trouble }]
}

/** Why a device can't be used, for people; undefined if it can. */
function troubleOf(device: { state: string; reason?: string } | undefined): string | undefined {
  if (device?.state !== 'quarantined' && device?.state !== 'offline') return undefined
  return device.reason ? `${device.state}: ${device.reason}` : device.state
}

function startAttempt(state: RunState, event: EventOf<'attempt:start'>): RunChange[] {
  const attempt = attemptOf(state, event)
  Object.assign(attempt, { attempt: event.attempt, host: event.host, devices: event.devices, startedAt: event.at })
  state.activity.startAttempt(event)
  const module = moduleOf(state, event.module)
  const suite = startSuite(state.suites, module.listing.suite)
  return [
    ...(suite ? [{ type: 'suite-started', ...suite } as const] : []),
    { type: 'attempt-started', module, attempt },
  ]
}

function endAttempt(state: RunState, event: EventOf<'attempt:end'>): readonly RunChange[] {
  const attempt = attemptOf(state, event)
  Object.assign(attempt, { attempt: event.attempt, verdict: event.verdict, durationMs: event.durationMs })
  attempt.counts = event.counts
  if (event.error) attempt.error = event.error
  state.activity.endAttempt(event.lease)
  return addWarnings(state, event, leftOutWarnings(attempt.files ?? []))
}

function addWarnings(
  state: RunState,
  event: { module: string; lease: string; at: number },
  warnings: readonly WarningRecord[],
): RunChange[] {
  const attempt = attemptOf(state, event)
  return warnings.map(({ message, hint }) => {
    const warning = { message, ...(hint !== undefined && { hint }) }
    attempt.warnings = [...(attempt.warnings ?? []), warning]
    return { type: 'warning', module: moduleOf(state, event.module), warning }
  })
}

function endModule(state: RunState, event: EventOf<'module:end'>): readonly RunChange[] {
  const { verdict, attempts, lease, reasons = [] } = event
  const module = moduleOf(state, event.module)
  for (const attempt of module.attempts.values()) shortenLogs(attempt)
  if (state.open.delete(event.module)) {
    state.ended.set(verdict, (state.ended.get(verdict) ?? 0) + 1)
    state.activity.endModule(event.module)
  }
  const known = module.end
  // A module is recorded once: a second end is the same one, reported by another process.
  if (known && !event.corrected) return none
  module.end = { verdict, attempts, reasons, ...(lease !== undefined && { lease }) }
  if (known) {
    state.ended.set(known.verdict, (state.ended.get(known.verdict) ?? 1) - 1)
    state.ended.set(verdict, (state.ended.get(verdict) ?? 0) + 1)
    return none
  }
  const suite = endModuleOfSuite(state.suites, module.listing, verdict)
  const reason = reasons.at(-1)
  return [
    { type: 'module-ended', module },
    ...(suite ? [{ type: 'suite-ended', ...suite, ...(reason !== undefined && { reason }) } as const] : []),
  ]
}

function explore(state: RunState, event: EventOf<'explore:iteration' | 'explore:minimised'>): readonly RunChange[] {
  attemptOf(state, event)
  const module = moduleOf(state, event.module)
  module.explored ??= new Exploration()
  if (event.type === 'explore:iteration') module.explored.add(event.iteration, event.lease)
  else module.explored.minimise(event.minimised)
  return none
}

function addOutput(state: RunState, event: EventOf<'log'>): RunChange[] {
  addLog(attemptOf(state, event), event)
  return [{ type: 'output', module: moduleOf(state, event.module), text: event.text }]
}

function countDropped(state: RunState, event: EventOf<'events:dropped'>): RunChange[] {
  attemptOf(state, event).eventsDropped = event.count
  return [{ type: 'events-dropped', module: moduleOf(state, event.module), count: event.count }]
}

function moduleOf(state: RunState, id: string): ModuleState {
  const known = state.modules.get(id)
  if (known) return known
  const unlisted: ModuleState = { listing: { id, file: id, firstRole: '', roles: {} }, attempts: new Map() }
  state.modules.set(id, unlisted)
  return unlisted
}

/** The attempt that an event belongs to; as long as it has no end, it has lasted until this event. */
function attemptOf(
  state: RunState,
  { module, lease, at }: { module: string; lease: string; at: number },
): AttemptRecord {
  const { attempts } = moduleOf(state, module)
  const attempt = attempts.get(lease) ?? newAttempt(lease, at)
  attempts.set(lease, attempt)
  if (attempt.verdict === undefined) attempt.durationMs = Math.max(attempt.durationMs, at - attempt.startedAt)
  return attempt
}
