import { obliterateQueue } from '../queue/obliterate-queue.js'
import type { RunLeases } from './run-leases.js'

/** Milliseconds that the stream of a run without an owner can still be read: an hour. */
const KEEP_STREAM_MS = 3_600_000

/**
 * Removes every key of a run: queues, needs, bundles that no other run uses, its record. Leases still out are ended.
 * @param keepStreamMs - milliseconds that its stream of events stays; default 0, gone at once
 */
export async function forgetRun(runs: RunLeases, run: string, keepStreamMs = 0): Promise<void> {
  const { scripts } = runs
  for (const queue of await runs.queues(run)) await obliterateQueue(scripts.redis, scripts.prefix, queue)
  await scripts.call('forget-run', run, keepStreamMs)
}

/**
 * Clears away a run whose owner vanished: what waits is `not-run`, what is executed is stopped, and once nothing is, the run is
 * forgotten. Safe to call again, and by several hosts.
 * @returns `pending` while modules are being stopped; the farm reports the run again when they are
 */
export async function cleanUpRun(runs: RunLeases, run: string, reason: string): Promise<'pending' | 'done'> {
  const { state, leases } = await runs.cancel(run, reason)
  if (state === 'gone') return 'done'
  if (leases > 0) return 'pending'
  await forgetRun(runs, run, KEEP_STREAM_MS)
  return 'done'
}
