import { readFile, readlink } from 'node:fs/promises'
import { hasErrorCode } from '../error/error-text.js'

/** Names one process, also after it is gone and its pid belongs to another one. */
export interface ProcessIdentity {
  pid: number
  /** The processes that this pid is unique among: a boot of a machine, and a container. Linux only. */
  space?: string
  /** Start time in ticks since the boot; distinguishes the process from a later one with the same pid. Linux only. */
  startedAt?: string
}

export async function ownIdentity(): Promise<ProcessIdentity> {
  const [space, startedAt] = await Promise.all([pidSpace(), startTime(process.pid)])
  return { pid: process.pid, ...(space !== undefined && { space }), ...(startedAt !== undefined && { startedAt }) }
}

/**
 * Whether the process still exists.
 * @returns undefined if this process can't know: it belongs to another container, or to an earlier boot
 */
export async function isRunning({ pid, space, startedAt }: ProcessIdentity): Promise<boolean | undefined> {
  if (space !== undefined && (await pidSpace()) !== space) return undefined
  if (!hasPid(pid)) return false
  return startedAt === undefined || (await startTime(pid)) === startedAt
}

function hasPid(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It is another user's.
    return hasErrorCode(error, 'EPERM')
  }
}

async function pidSpace(): Promise<string | undefined> {
  try {
    const [boot, namespace] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readlink('/proc/self/ns/pid'),
    ])
    return `${boot.trim()} ${namespace}`
  } catch {
    return undefined
  }
}

async function startTime(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // After the name, which may hold spaces and brackets itself, come 19 fields before this one.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}
