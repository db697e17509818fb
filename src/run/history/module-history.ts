/** The result of a module in one run, with the duration of the attempt in milliseconds. */
export type HistoryResult = readonly [ms: number, verdict: 'passed' | 'flaky' | 'failed']

/** The results of one module, or of one module on one device. */
export interface ResultHistory {
  /** Whether the last run failed or lost it. */
  failed: boolean
  /** Oldest first. */
  results: readonly HistoryResult[]
}

/** The results of one module on all devices and, if it needs one device only, by device. */
export interface ModuleHistory extends ResultHistory {
  devices: ReadonlyMap<string, ResultHistory>
}

/** What one run adds to a history. */
export interface ResultUpdate {
  failed?: boolean
  result?: HistoryResult
}

export interface ModuleHistoryUpdate extends ResultUpdate {
  file: string
  /** By device. */
  devices: ReadonlyMap<string, ResultUpdate>
}

/** Renamed modules and devices must not pile up: those that have not run for longest are dropped. */
export const historyLimits = { modules: 10_000, devices: 32, results: 10 } as const

export const emptyModuleHistory: ModuleHistory = { failed: false, results: [], devices: new Map() }

/** Passes that an estimate uses: few enough to notice that a module became slower, enough to ignore two outliers. */
const recentResults = 5

/**
 * How long a module will take, in milliseconds: the median of its last passes, or of its failures if it has never passed.
 */
export function estimateDurationMs({ results }: ResultHistory): number | undefined {
  const passes = results.filter(([, verdict]) => verdict !== 'failed')
  return median((passes.length > 0 ? passes : results).slice(-recentResults).map(([ms]) => ms))
}

export interface PassRate {
  runs: number
  /** Includes flaky ones. */
  passed: number
  /** Passed in a later attempt. */
  flaky: number
}

export function computePassRate({ results }: ResultHistory): PassRate | undefined {
  if (results.length === 0) return undefined
  const countOf = (wanted: string): number => results.filter(([, verdict]) => verdict === wanted).length
  return { runs: results.length, passed: results.length - countOf('failed'), flaky: countOf('flaky') }
}

/** @returns undefined for an empty list */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1]
  const lower = sorted[(sorted.length - 1) >> 1]
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2
}

/** The history of a module after one more run. add-history.lua does the same on a farm. */
export function updateModuleHistory(before: ModuleHistory, change: ModuleHistoryUpdate): ModuleHistory {
  const devices = new Map(before.devices)
  for (const [name, changed] of change.devices) {
    const history = devices.get(name) ?? emptyModuleHistory
    // At the end, so that it is the last to be dropped.
    devices.delete(name)
    devices.set(name, updateResultHistory(history, changed))
  }
  return { ...updateResultHistory(before, change), devices: new Map([...devices].slice(-historyLimits.devices)) }
}

function updateResultHistory({ failed, results }: ResultHistory, change: ResultUpdate): ResultHistory {
  const all = change.result ? [...results, change.result] : results
  return { failed: change.failed ?? failed, results: all.slice(-historyLimits.results) }
}
