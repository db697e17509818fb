/** How one run of a module ended, and how long the attempt took that was its result, in milliseconds. */
export type HistoryResult = readonly [ms: number, verdict: 'passed' | 'flaky' | 'failed']

/** What is kept of one module, or of one module on one device. */
export interface ResultHistory {
  /** Its last result was a failure, or infrastructure kept it from one. */
  failed: boolean
  /** Oldest first. */
  results: readonly HistoryResult[]
}

/** What is kept of one module: over all devices, and, where one device was enough for it, by device. */
export interface ModuleHistory extends ResultHistory {
  devices: ReadonlyMap<string, ResultHistory>
}

/** What one run adds to a past: nothing where it doesn't say. */
export interface ResultUpdate {
  failed?: boolean
  result?: HistoryResult
}

export interface ModuleHistoryUpdate extends ResultUpdate {
  file: string
  /** By device. */
  devices: ReadonlyMap<string, ResultUpdate>
}

/** How much is kept: renamed modules and devices must not pile up. What was longest not run goes first. */
export const historyLimits = { modules: 10_000, devices: 32, results: 10 } as const

export const emptyModuleHistory: ModuleHistory = { failed: false, results: [], devices: new Map() }

/** Passes that an estimate looks at: few enough to follow a module that became slower, enough to outvote an outlier or two. */
const recentResults = 5

/**
 * How long a module will take, in milliseconds: the median of its last passes. Of a module that never passed, that of its
 * failures, which is better than nothing.
 */
export function estimateDurationMs({ results }: ResultHistory): number | undefined {
  const passes = results.filter(([, verdict]) => verdict !== 'failed')
  return median((passes.length > 0 ? passes : results).slice(-recentResults).map(([ms]) => ms))
}

export interface PassRate {
  runs: number
  /** Flaky ones included. */
  passed: number
  /** Passed after an attempt that failed. */
  flaky: number
}

export function computePassRate({ results }: ResultHistory): PassRate | undefined {
  if (results.length === 0) return undefined
  const having = (wanted: string): number => results.filter(([, verdict]) => verdict === wanted).length
  return { runs: results.length, passed: results.length - having('failed'), flaky: having('flaky') }
}

/** @returns undefined of nothing */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1]
  const lower = sorted[(sorted.length - 1) >> 1]
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2
}

/** A module's past after one more run; history-add.lua does the same where a farm keeps it. */
export function updateModuleHistory(before: ModuleHistory, change: ModuleHistoryUpdate): ModuleHistory {
  const devices = new Map(before.devices)
  for (const [name, changed] of change.devices) {
    const past = devices.get(name) ?? emptyModuleHistory
    // behind the others, which makes it the last to go
    devices.delete(name)
    devices.set(name, updateResultHistory(past, changed))
  }
  return { ...updateResultHistory(before, change), devices: new Map([...devices].slice(-historyLimits.devices)) }
}

function updateResultHistory({ failed, results }: ResultHistory, change: ResultUpdate): ResultHistory {
  const all = change.result ? [...results, change.result] : results
  return { failed: change.failed ?? failed, results: all.slice(-historyLimits.results) }
}
