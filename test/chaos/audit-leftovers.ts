import { setTimeout as delay } from 'node:timers/promises'
import { forgetRun } from '../../src/lease/forget-run.js'
import { LeaseScripts } from '../../src/lease/lease-scripts.js'
import { RunLeases } from '../../src/lease/run-leases.js'
import type { ChaosFarm } from './chaos-farm.js'

/** Milliseconds in which everything that was started must be gone. */
const goneWithinMs = 20_000

/**
 * Removes the runs of a farm and stops its hosts.
 * @param ended - runs whose owner or followers saw their end
 * @returns what is left behind then
 */
export async function auditLeftovers(farm: ChaosFarm, ended: readonly string[]): Promise<string[]> {
  const violations: string[] = []
  const { admin } = farm.redis
  const runs = new RunLeases(new LeaseScripts(admin))
  // Nobody knows of a detached run whose submitter was killed: it lasts until somebody removes it.
  const detached = await admin.zrangebyscore(runs.scripts.key('runs'), '+inf', '+inf')
  for (const run of new Set([...ended, ...detached])) await forgetRun(runs, run)
  const keys = await settled(farm.leaseTtlMs, async () => lastingKeys(farm))
  if (keys.length > 0) violations.push(`keys left behind: ${keys.slice(0, 10).join(' ')} (${keys.length})`)
  for (const { cli } of farm.hosts) cli.child.kill('SIGTERM')
  for (const { cli, name } of farm.hosts) {
    const { exitCode, stderr } = await cli.done
    if (exitCode !== 0) violations.push(`${name} ended with ${exitCode}: ${stderr.slice(-1_000)}`)
  }
  const processes = await settled(0, () => Promise.resolve(farm.leftProcesses()))
  if (processes.length > 0) violations.push(`processes left behind: ${processes.join(' ')}`)
  const files = await settled(0, () => Promise.resolve(farm.leftFiles()))
  if (files.length > 0) violations.push(`files left behind: ${files.join(' ')}`)
  return violations
}

/** Keys of runs that nothing will remove. */
async function lastingKeys({ redis: { admin } }: ChaosFarm): Promise<string[]> {
  const isOfRun = /:(run|bundle|need|lease|promised|reasons|failed-on|q-[^:]*)(:|$)/
  const keys = (await admin.keys('*')).filter(key => isOfRun.test(key))
  const lasting = await Promise.all(keys.map(async key => ((await admin.pttl(key)) === -1 ? [key] : [])))
  return lasting.flat()
}

/** Asks again while something is left, for a while. */
async function settled(moreMs: number, left: () => Promise<string[]>): Promise<string[]> {
  const deadline = performance.now() + goneWithinMs + moreMs
  for (;;) {
    const found = await left()
    if (found.length === 0 || performance.now() > deadline) return found
    await delay(200)
  }
}
