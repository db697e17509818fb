/**
 * The reaper: a small child of a process that owns other processes. It does nothing until the pipe from its owner
 * closes, however the owner ended (SIGKILL included), and then ends every process group and removes every folder that
 * the owner had not yet taken back. SIGTERM comes first, so that servers may end their own children in order.
 */
import { rm, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { signalGroup } from './process-group.js'
import { applyOrder, type Estate, type ReaperOrder } from './reaper-orders.js'

/** From SIGTERM to SIGKILL. Short: nobody waits for results any more. */
const graceMs = 2000
/** A process that is not our child can't be awaited, so its group is asked in this interval whether it is still there. */
const askEveryMs = 50

const estate: Estate = { groups: new Set(), directories: new Set(), claims: new Set() }

// A terminal's Ctrl-C and a closed terminal are the owner's business: the reaper ends after it, never before.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

for await (const line of createInterface({ input: process.stdin })) {
  applyOrder(estate, JSON.parse(line) as ReaperOrder)
}
await endGroups([...estate.groups])
await Promise.all([...estate.directories].map(removeDirectory))
await Promise.all([...estate.claims].map(removeClaim))

async function endGroups(pgids: number[]): Promise<void> {
  const deadline = Date.now() + graceMs
  let left = pgids.filter(pgid => signalGroup(pgid, 'SIGTERM'))
  while (left.length > 0 && Date.now() < deadline) {
    await delay(askEveryMs)
    left = left.filter(pgid => signalGroup(pgid, 0))
  }
  // All of them: a group whose leader ended may look empty for a moment while a child of it is being started.
  for (const pgid of left) signalGroup(pgid, 'SIGKILL')
}

async function removeDirectory(path: string): Promise<void> {
  // A process that was just killed may still be writing: its folder is then not empty at the first try.
  await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }).catch(() => {})
}

/** Never the folder with what a new owner has put there since. */
async function removeClaim(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => {})
  await rmdir(dirname(path)).catch(() => {})
}
