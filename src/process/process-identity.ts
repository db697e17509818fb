import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { z } from 'zod'
import { hasErrorCode } from '../error/error-text.js'

/** Names one process, also after it is gone and its pid belongs to another one. */
export const identitySchema = z.object({
  pid: z.number(),
  /** Host name and machine id: a container has another one than its machine. */
  machine: z.string().exactOptional(),
  /** Changes with each boot of the machine. Linux only. */
  boot: z.string().exactOptional(),
  /** The processes that this pid is unique among: a boot of a machine, and a container. Linux only. */
  space: z.string().exactOptional(),
  /** Start time in ticks since the boot; distinguishes the process from a later one with the same pid. Linux only. */
  startedAt: z.string().exactOptional(),
})
export type ProcessIdentity = z.infer<typeof identitySchema>

export async function ownIdentity(): Promise<ProcessIdentity> {
  const [machine, place, startedAt] = await Promise.all([machineName(), pidSpace(), startTime(process.pid)])
  return { pid: process.pid, machine, ...place, ...(startedAt !== undefined && { startedAt }) }
}

/**
 * Whether the process still exists.
 * @returns undefined if this process can't know, because it belongs to another container or machine
 */
export async function isRunning({
  pid,
  machine,
  boot,
  space,
  startedAt,
}: ProcessIdentity): Promise<boolean | undefined> {
  const here = await pidSpace()
  if (space !== undefined && here?.space !== space) {
    const isEarlierBoot = boot !== undefined && here !== undefined && here.boot !== boot
    return isEarlierBoot && machine === (await machineName()) ? false : undefined
  }
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

async function machineName(): Promise<string> {
  const id = await readFile('/etc/machine-id', 'utf8').catch(() => '')
  return `${hostname()} ${id.trim()}`.trim()
}

async function pidSpace(): Promise<{ boot: string; space: string } | undefined> {
  try {
    const [bootId, namespace] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readlink('/proc/self/ns/pid'),
    ])
    const boot = bootId.trim()
    return { boot, space: `${boot} ${namespace}` }
  } catch {
    return undefined
  }
}

async function startTime(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // After the name, which may hold spaces and brackets itself, come 19 fields before this one.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}
