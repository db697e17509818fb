import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { applyOrder, ordersFor, type Estate, type ReaperOrder } from './reaper-orders.js'

const estate: Estate = { groups: new Set(), directories: new Set(), claims: new Set() }
let reaper: ChildProcess | undefined

/**
 * Tells this process's reaper what to end or remove once this process is gone, however it ends. The reaper is started
 * with the first order, and started anew should it be killed.
 */
export function tellReaper(order: ReaperOrder): void {
  applyOrder(estate, order)
  if (reaper) send(reaper, order)
  else reaper = startReaper()
}

function startReaper(): ChildProcess {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./reaper-main.js', import.meta.url))], {
    detached: true,
    // Nothing inherited: whoever reads this process's output must not wait for the reaper's end.
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  })
  child.unref()
  const restart = () => {
    if (reaper === child) reaper = estateIsEmpty() ? undefined : startReaper()
  }
  child.once('exit', restart)
  // A reaper that cannot be started must not end its owner: what it would have cleaned is then left to the owner alone.
  child.once('error', () => {})
  child.stdin?.on('error', () => {})
  for (const order of ordersFor(estate)) send(child, order)
  return child
}

function send(child: ChildProcess, order: ReaperOrder): void {
  child.stdin?.write(`${JSON.stringify(order)}\n`)
}

function estateIsEmpty(): boolean {
  return estate.groups.size === 0 && estate.directories.size === 0 && estate.claims.size === 0
}
