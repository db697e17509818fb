import { noTests, reportedVerdicts, type ReportedVerdict } from '../event/verdicts.js'
import type { ModuleRunSummary } from '../run/history/history-updates.js'
import { exploredRecord } from './explored-record.js'
import type { AttemptRecord, ModuleRecord, RunRecord, TestRecord } from './run-schema.js'
import type { ModuleState, RunState } from './run-state.js'

export type { ModuleRecord, RunRecord } from './run-schema.js'

/** The record of a run, as if nothing more would happen. */
export function toRunRecord(state: RunState): RunRecord {
  const modules = [...state.modules.values()].map(module => toModuleRecord(module, state))
  const startedAt = state.firstAt ?? 0
  return {
    version: 1,
    run: state.run,
    startedAt,
    durationMs: state.end?.durationMs ?? Math.max(0, state.lastAt - startedAt),
    ...(state.end && { exitCode: state.end.exitCode }),
    ...(state.end?.interrupted !== undefined && { interrupted: state.end.interrupted }),
    options: state.options,
    totals: totalsOf(modules),
    modules,
    devices: Object.fromEntries(state.devices),
  }
}

/** One module as reports show it. */
export function toModuleRecord({ listing, attempts, explored, end }: ModuleState, state: RunState): ModuleRecord {
  const all = [...attempts.values()]
  // Until a result is recorded, the latest attempt stands for it.
  const result = end?.lease === undefined ? (end ? undefined : all.at(-1)) : attempts.get(end.lease)
  const { id, file, firstRole, roles, device, suite, repetition } = listing
  return {
    id,
    file,
    ...(suite !== undefined && { suite }),
    firstRole,
    roles,
    ...(device !== undefined && { device }),
    ...(repetition !== undefined && { repetition }),
    verdict: end?.verdict ?? (all.length > 0 ? 'interrupted' : 'not-run'),
    durationMs: result?.durationMs ?? 0,
    counts: result?.counts ?? noTests(),
    devices: result?.devices ?? {},
    countedAttempts: end?.attempts ?? all.filter(attempt => attempt.verdict !== 'infrastructure').length,
    ...(result && { lease: result.lease }),
    reasons: end?.reasons ?? [missingEnd(all.length > 0, state)],
    attempts: all,
    ...(explored && explored.size > 0 && { explored: exploredRecord(explored, listing) }),
  }
}

function missingEnd(started: boolean, { end }: RunState): string {
  const why = end?.interrupted === undefined ? 'the run ended' : `the run was stopped by ${end.interrupted}`
  return started ? `no result was recorded: ${why}` : `${why} before this module started`
}

/** Modules by verdict, tests by state. */
export function totalsOf(modules: readonly ModuleRecord[]): RunRecord['totals'] {
  const verdicts = Object.fromEntries(reportedVerdicts.map(verdict => [verdict, 0])) as Record<ReportedVerdict, number>
  const tests = noTests()
  for (const { verdict, counts } of modules) {
    verdicts[verdict] += 1
    for (const state of ['passed', 'failed', 'pending'] as const) tests[state] += counts[state]
  }
  return { modules: verdicts, tests }
}

/** The attempt that is the module's result. */
export function resultOf(module: ModuleRecord): AttemptRecord | undefined {
  return module.attempts.find(attempt => attempt.lease === module.lease)
}

/** Failed attempts before the result: what made a module flaky. */
export function failedBefore(module: ModuleRecord): AttemptRecord[] {
  return module.attempts.filter(({ lease, verdict }) => lease !== module.lease && verdict === 'failed')
}

/** Tests and hooks that failed for good, in order. */
export function failuresOf(attempt: AttemptRecord): TestRecord[] {
  return attempt.tests.filter(test => test.state === 'failed' && !test.willRetry)
}

/** What the history records about each module. */
export function summarizeModules(record: RunRecord): ModuleRunSummary[] {
  return record.modules.map(module => {
    const { file, verdict, durationMs, devices, roles } = module
    const [only] = Object.keys(roles).length === 1 ? Object.values(devices) : []
    const device = module.device ?? only
    return { file, verdict, durationMs, ...(device !== undefined && { device }) }
  })
}
