/**
 * The reaper: a small child of a process that owns resources. It does nothing until the pipe from its owner closes,
 * however the owner ended (SIGKILL included). Then it ends every process group and removes every folder and lock that is
 * still registered. SIGTERM comes first, so that servers can end their own children in order.
 */
import { rm, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { OwnedResources, parseReaperMessage } from './owned-resources.js'
import { signalGroup } from './process-group.js'

/** Milliseconds from SIGTERM to SIGKILL. Short, because nobody waits for results. */
const graceMs = 2000
/** A process that is not our child can't be awaited, so the reaper checks in this interval whether its group still exists. */
const checkEveryMs = 50

const owned = new OwnedResources()

// Ctrl-C and a closed terminal are for the owner to handle. The reaper must outlive it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

for await (const line of createInterface({ input: process.stdin })) {
  const message = parseReaperMessage(line)
  if (message) owned.apply(message)
}
await endGroups(owned.groups)
await Promise.all(owned.paths('directory').map(removeDirectory))
await Promise.all(owned.paths('lock').map(removeLock))

async function endGroups(pgids: number[]): Promise<void> {
  const deadline = Date.now() + graceMs
  let left = pgids.filter(pgid => signalGroup(pgid, 'SIGTERM'))
  while (left.length > 0 && Date.now() < deadline) {
    await delay(checkEveryMs)
    left = left.filter(pgid => signalGroup(pgid, 0))
  }
  // All of them: a group whose leader ended may look empty for a moment while a child of it is being started.
  for (const pgid of left) signalGroup(pgid, 'SIGKILL')
}

async function removeDirectory(path: string): Promise<void> {
  // A process that was just killed may still write, so that the folder is not empty at the first try.
  await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }).catch(() => {})
}

/** The folder stays if a new owner has put its file there since. */
async function removeLock(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => {})
  await rmdir(dirname(path)).catch(() => {})
}
