import { obliterateQueue } from '../queue/obliterate-queue.js'
import type { RunLeases } from './run-leases.js'

/** Milliseconds that the stream of a run without an owner can still be read: an hour. */
const KEEP_STREAM_MS = 3_600_000

/**
 * Removes every key of a run: queues, needs, bundles that no other run uses, its record. Leases that are still held end.
 * @param keepStreamMs - milliseconds that its stream of events stays; default 0, gone at once
 */
export async function forgetRun(runs: RunLeases, run: string, keepStreamMs = 0): Promise<void> {
  const { scripts } = runs
  for (const queue of await runs.queues(run)) await obliterateQueue(scripts.redis, scripts.prefix, queue)
  await scripts.call('forget-run', run, keepStreamMs)
}

/**
 * Cleans up a run whose owner has vanished: waiting modules are `not-run`, running ones are stopped, and when none runs any longer, the
 * run is removed. Safe to repeat, also by several hosts.
 * @returns `pending` while modules are being stopped; the farm reports the run again when they are
 */
export async function cleanUpRun(runs: RunLeases, run: string, reason: string): Promise<'pending' | 'done'> {
  const { state, leases } = await runs.cancel(run, reason)
  if (state === 'gone') return 'done'
  if (leases > 0) return 'pending'
  await forgetRun(runs, run, KEEP_STREAM_MS)
  return 'done'
}
