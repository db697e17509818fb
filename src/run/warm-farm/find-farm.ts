import { realpath, rm } from 'node:fs/promises'
import { isRunning, type ProcessIdentity } from '../../process/process-identity.js'
import { lockOwner } from '../../process/process-lock.js'
import type { FoundFarm, RunningFarm } from './choose-farm.js'
import { ControlClient } from './control-client.js'
import type { FarmStatus } from './control-protocol.js'
import { farmPaths, readFarmRecord, removeFarmRecord, type FarmPaths, type FarmRecord } from './farm-record.js'

/** A running farm, and a connection to it. */
export interface ReachedFarm {
  record: FarmRecord
  status: FarmStatus
  client: ControlClient
}

export interface Finding {
  found: FoundFarm
  /** Set if it is running and answers. The caller closes its connection. */
  reached?: ReachedFarm
  /** The process that serves, starts or ends it. */
  owner?: ProcessIdentity
  record?: FarmRecord
}

/**
 * Looks for the warm farm of a project.
 * @param cwd - the project's folder
 * @param asksStatus - false: a farm with a live process is `silent`; default: true
 */
export async function findFarm(cwd: string, asksStatus = true): Promise<Finding> {
  const directory = await realpath(cwd)
  const paths = farmPaths(directory)
  const record = await readFarmRecord(paths)
  if (record === undefined) return unrecorded(paths)
  if (record === 'foreign') return foreign('belongs to another user', false)
  if (record === 'unreadable') return unreadable(paths)
  // A folder that was copied has the record of the other one.
  if (record.directory !== directory) return foreign(`belongs to ${record.directory}`, true)
  const isAlive = await isRunning(record)
  if (isAlive === undefined) return elsewhere()
  if (isAlive && !asksStatus) return { found: { state: 'silent', pid: record.pid }, owner: record, record }
  const client = isAlive ? await ControlClient.open(record.socket) : undefined
  if (!client) return unanswered(paths, record, isAlive)
  const status = await client.status()
  if (status) return { found: runningFarm(record, status), reached: { record, status, client }, record }
  client.close()
  return unanswered(paths, record, await isRunning(record))
}

function runningFarm({ pid, facts, exclusive }: FarmRecord, status: FarmStatus): RunningFarm {
  const { users, isLeaving, faults } = status
  return { state: 'running', pid, facts, users, isLeaving, faults, exclusive }
}

function foreign(why: string, isRemovable: boolean): Finding {
  return { found: { state: 'foreign', why, isRemovable } }
}

function elsewhere(): Finding {
  return foreign('belongs to another machine or container', true)
}

async function unrecorded({ lock }: FarmPaths): Promise<Finding> {
  const owner = await lockOwner(lock)
  return owner ? owned('changing', owner) : { found: { state: 'none' } }
}

async function owned(state: 'changing' | 'silent', owner: ProcessIdentity): Promise<Finding> {
  if ((await isRunning(owner)) === undefined) return elsewhere()
  return { found: { state, pid: owner.pid }, owner }
}

/** Another version of Baton may have written it, whose farm still runs. */
async function unreadable({ record, lock }: FarmPaths): Promise<Finding> {
  const owner = await lockOwner(lock)
  if (owner) return owned('silent', owner)
  await rm(record, { force: true })
  return { found: { state: 'none' } }
}

/** A process that has removed its record since is shutting down cleanly. */
async function unanswered(paths: FarmPaths, record: FarmRecord, isAlive: boolean | undefined): Promise<Finding> {
  const { id, pid } = record
  const now = await readFarmRecord(paths)
  if (typeof now !== 'object' || now.id !== id) return unrecorded(paths)
  if (isAlive) return { found: { state: 'silent', pid }, owner: record, record }
  const owner = await lockOwner(paths.lock)
  if (owner) return owned('changing', owner)
  return { found: { state: 'died', pid, facts: record.facts }, record }
}

/** Forgets a farm whose process has died, so that this is reported once. */
export async function forgetDeadFarm(cwd: string): Promise<void> {
  const paths = farmPaths(await realpath(cwd))
  const record = await readFarmRecord(paths)
  if (typeof record === 'object' && (await isRunning(record)) === false) await removeFarmRecord(paths, record.id)
}

/** Forgets a farm of this user that may run elsewhere, such as in a container that no longer exists. */
export async function forgetForeignFarm(cwd: string): Promise<void> {
  const { record, lock } = farmPaths(await realpath(cwd))
  await rm(record, { force: true })
  await rm(lock, { recursive: true, force: true })
}
