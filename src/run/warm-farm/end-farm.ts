import { access } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isRunning, type ProcessIdentity } from '../../process/process-identity.js'
import { unlessAborted } from '../../process/deadline.js'
import { hasErrorCode } from '../../error/error-text.js'
import type { FarmRecord } from './farm-record.js'
import { forgetDeadFarm, type Finding, type ReachedFarm } from './find-farm.js'

/** Milliseconds from SIGTERM to SIGKILL: longer than a host may take to close its sessions. */
const graceMs = 20_000
/** Neither processes that are not our children nor files report their end. Milliseconds. */
const checkEveryMs = 20
/** Milliseconds until a reaper has removed what a killed process left. */
const reapedWithinMs = 10_000

const never = new AbortController().signal

/** Asks a farm to end, and waits until all of it is gone. It ends when nobody uses it. */
export async function leaveFarm({ client, record }: Pick<ReachedFarm, 'client' | 'record'>): Promise<void> {
  client.leave()
  await client.closed
  await untilGone(record, foldersOf(record), never)
}

/**
 * Ends a farm that nobody uses, and waits until all of it is gone.
 * @param stop - aborted to wait no longer
 * @returns false if a command uses it, or if it does not answer
 */
export async function endUnusedFarm({ client, record }: ReachedFarm, stop: AbortSignal): Promise<boolean> {
  if (!(await unlessAborted(client.leaveIfUnused(), stop))) return false
  await unlessAborted(client.closed, stop)
  await untilGone(record, foldersOf(record), stop)
  return true
}

/**
 * Ends a farm even if it is in use or hangs, waits until all of it is gone, and forgets it.
 * @param cwd - the project's folder
 * @param stop - aborted to wait no longer
 */
export async function killFarm(cwd: string, { owner, record }: Finding, stop = never): Promise<void> {
  if (!owner) return
  if (await isRunning(owner)) {
    signal(owner.pid, 'SIGTERM')
    // A suspended process does not get it before.
    signal(owner.pid, 'SIGCONT')
  }
  const deadline = performance.now() + graceMs
  while ((await isRunning(owner)) && performance.now() < deadline) await pause(stop)
  if (await isRunning(owner)) signal(owner.pid, 'SIGKILL')
  await untilGone(owner, record ? foldersOf(record) : [], stop)
  await forgetDeadFarm(cwd)
}

/** The folders of its sockets. */
function foldersOf({ socket, redisUrl }: FarmRecord): string[] {
  return [socket, redisUrl.replace('unix://', '')].map(file => path.dirname(file))
}

async function untilGone(farm: ProcessIdentity, folders: readonly string[], stop: AbortSignal): Promise<void> {
  while (await isRunning(farm)) await pause(stop)
  const deadline = performance.now() + reapedWithinMs
  for (const folder of folders) {
    while ((await exists(folder)) && performance.now() < deadline) await pause(stop)
  }
}

async function pause(stop: AbortSignal): Promise<void> {
  stop.throwIfAborted()
  await delay(checkEveryMs)
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
