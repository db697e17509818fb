import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, rmdir, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { hasErrorCode } from '../error/error-text.js'
import { identitySchema, isRunning, ownIdentity } from './process-identity.js'
import { registerResource, unregisterResource } from './reaper.js'

/**
 * A lock that one process at a time can hold. It is a folder with one file, which names the holder.
 *
 * - Taking it moves a prepared folder to its place. The file system refuses that if a folder with a file is there, so two
 *   processes never both succeed.
 * - Each holder's file has a unique name. A process that removes the file of a holder that died, or its own, can therefore
 *   never remove the file of another one that took the lock meanwhile.
 */

const ownerSchema = identitySchema.extend({
  /** The working directory of the process. */
  directory: z.string(),
  /** When it took the lock: an ISO 8601 time. */
  since: z.string(),
})

export type LockOwner = z.infer<typeof ownerSchema>

export interface ProcessLock {
  release(): Promise<void>
}

/** An owner of which this process can't know whether it still runs loses the lock after this many milliseconds. */
const unknownOwnerMs = 60_000
const retryMs = 10

/**
 * Takes the lock if no other process holds it. A lock whose holder died is taken over.
 * @param folder - absolute path; its parent must exist
 * @returns the lock, or who holds it
 * @throws the system's error, such as EPERM if another user's process left the lock
 */
export async function tryLock(folder: string): Promise<{ lock: ProcessLock } | { owner: LockOwner }> {
  const before = await removeDeadOwner(folder)
  if (before) return { owner: before }
  const name = randomUUID()
  const draft = `${folder}-${name}`
  const file = join(folder, name)
  registerResource({ kind: 'directory', path: draft })
  registerResource({ kind: 'lock', path: file })
  try {
    await mkdir(draft, { mode: 0o755 })
    await writeFile(join(draft, name), JSON.stringify(await describeOwner()))
    while (!(await isMoved(draft, folder))) {
      const owner = await removeDeadOwner(folder)
      if (owner) return await giveUp({ owner })
    }
  } catch (error) {
    throw await giveUp(error)
  } finally {
    unregisterResource({ kind: 'directory', path: draft })
  }
  return { lock: { release: () => release(folder, file) } }

  async function giveUp<T>(result: T): Promise<T> {
    unregisterResource({ kind: 'lock', path: file })
    await rm(draft, { recursive: true, force: true })
    return result
  }
}

/**
 * Runs `work` while this process holds the lock.
 * @param timeoutMs - milliseconds to wait for the lock; default 10,000
 * @throws Error if another process holds it for all that time
 */
export async function withLock<T>(folder: string, work: () => Promise<T>, timeoutMs = 10_000): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const attempt = await tryLock(folder)
    if ('lock' in attempt) {
      try {
        return await work()
      } finally {
        await attempt.lock.release()
      }
    }
    const { pid, directory, since } = attempt.owner
    if (performance.now() > deadline)
      throw new Error(`${folder} is locked by process ${pid} in ${directory} since ${since}`)
    // The file system doesn't notify us of a release.
    await delay(retryMs)
  }
}

/** @returns the process that holds the lock, if it is alive */
export async function lockOwner(folder: string): Promise<LockOwner | undefined> {
  return removeDeadOwner(folder)
}

async function describeOwner(): Promise<LockOwner> {
  return { ...(await ownIdentity()), directory: process.cwd(), since: new Date().toISOString() }
}

async function release(folder: string, file: string): Promise<void> {
  await removeIfExists(file)
  // It isn't empty if another process has taken the lock meanwhile.
  await rmdir(folder).catch(() => {})
  unregisterResource({ kind: 'lock', path: file })
}

/** Replaces a folder that is empty, never one with an owner's file. */
async function isMoved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    // The latter two: it is another user's.
    if (hasErrorCode(error, 'ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES')) return false
    throw error
  }
}

/** @returns the owner if it is alive; undefined if the lock may be free now */
async function removeDeadOwner(folder: string): Promise<LockOwner | undefined> {
  const files = await readdir(folder).catch(error => {
    if (hasErrorCode(error, 'ENOENT')) return undefined
    throw error
  })
  if (!files) return undefined
  const [file] = files
  const owner = file === undefined ? undefined : await readOwner(join(folder, file))
  if (owner && (await holds(owner))) return owner
  try {
    if (file === undefined) await rmdir(folder)
    else await removeIfExists(join(folder, file))
  } catch (error) {
    // Another process was quicker.
    if (!hasErrorCode(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error
  }
  return undefined
}

async function holds(owner: LockOwner): Promise<boolean> {
  return (await isRunning(owner)) ?? Date.now() - Date.parse(owner.since) < unknownOwnerMs
}

/** @returns undefined if the file is gone, or if a full disk or a power cut left nothing in it */
async function readOwner(file: string): Promise<LockOwner | undefined> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return undefined
  }
}

async function removeIfExists(file: string): Promise<void> {
  await unlink(file).catch(error => {
    if (!hasErrorCode(error, 'ENOENT')) throw error
  })
}
