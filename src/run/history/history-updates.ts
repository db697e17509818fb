import type { ReportedVerdict } from '../../event/verdicts.js'
import { median, type ModuleHistoryUpdate, type ResultUpdate } from './module-history.js'

/** How a module ended in one run. */
export interface ModuleRunSummary {
  file: string
  /** Set if the module needs one device only. */
  device?: string
  verdict: ReportedVerdict
  /** Milliseconds of the attempt that is the result. */
  durationMs: number
}

/**
 * What a run adds to the history. A module that was not run or was interrupted adds nothing. One that was lost counts as
 * failed, but adds no duration.
 * @param isPartial - whether only some tests of the module ran (`--grep`): a failure counts then, a pass does not
 */
export function historyUpdates(
  outcomes: readonly ModuleRunSummary[],
  isPartial: (file: string) => boolean,
): ModuleHistoryUpdate[] {
  const byFile = new Map<string, { device: string | undefined; change: ResultUpdate }[]>()
  for (const outcome of outcomes) {
    const change = updateFor(outcome, isPartial(outcome.file))
    if (!change) continue
    const { file, device } = outcome
    byFile.set(file, [...(byFile.get(file) ?? []), { device, change }])
  }
  return [...byFile].map(([file, all]) => ({
    file,
    ...combineUpdates(all.map(({ change }) => change)),
    devices: new Map(all.flatMap(({ device, change }) => (device === undefined ? [] : [[device, change] as const]))),
  }))
}

function updateFor({ verdict, durationMs }: ModuleRunSummary, partial: boolean): ResultUpdate | undefined {
  switch (verdict) {
    case 'passed':
    case 'flaky':
      return partial ? undefined : { failed: false, result: [Math.round(durationMs), verdict] }
    case 'failed':
      return partial ? { failed: true } : { failed: true, result: [Math.round(durationMs), verdict] }
    case 'lost':
      return { failed: true }
    case 'skipped':
      return partial ? undefined : { failed: false }
    case 'interrupted':
    case 'not-run':
  }
  return undefined
}

/** A module that ran on several devices has a result for each of them; its own result is the worst. */
function combineUpdates(changes: readonly ResultUpdate[]): ResultUpdate {
  const results = changes.flatMap(({ result }) => (result ? [result] : []))
  const verdict = (['failed', 'flaky', 'passed'] as const).find(wanted => results.some(([, each]) => each === wanted))
  const ofWorst = results.filter(([, each]) => each === verdict).map(([ms]) => ms)
  return {
    failed: changes.some(({ failed }) => failed),
    ...(verdict && { result: [Math.round(median(ofWorst) ?? 0), verdict] }),
  }
}
