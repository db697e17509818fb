import { access } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isRunning, type ProcessIdentity } from '../../process/process-identity.js'
import { hasErrorCode } from '../../error/error-text.js'
import type { ReachedFarm } from './find-farm.js'

/** Milliseconds from SIGTERM to SIGKILL: longer than a host may take to close its sessions. */
const graceMs = 20_000
/** Neither processes that are not our children nor files report their end. Milliseconds. */
const checkEveryMs = 20
/** Milliseconds until a reaper has removed what a killed process left. */
const reapedWithinMs = 10_000

/** Asks a farm to end, and waits until all of it is gone. It ends when nobody uses it. */
export async function leaveFarm({ client, record }: Pick<ReachedFarm, 'client' | 'record'>): Promise<void> {
  client.leave()
  await client.closed
  await untilGone(record, path.dirname(record.socket))
}

/** Ends a farm, whoever uses it, and waits until all of it is gone. */
export async function killFarm(farm: ProcessIdentity, socket?: string): Promise<void> {
  signal(farm.pid, 'SIGTERM')
  const deadline = performance.now() + graceMs
  while ((await isRunning(farm)) && performance.now() < deadline) await delay(checkEveryMs)
  if (await isRunning(farm)) signal(farm.pid, 'SIGKILL')
  await untilGone(farm, socket === undefined ? undefined : path.dirname(socket))
}

async function untilGone(farm: ProcessIdentity, folder: string | undefined): Promise<void> {
  while (await isRunning(farm)) await delay(checkEveryMs)
  if (folder === undefined) return
  const deadline = performance.now() + reapedWithinMs
  while ((await exists(folder)) && performance.now() < deadline) await delay(checkEveryMs)
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!hasErrorCode(error, 'ESRCH')) throw error
  }
}
