import { createHash } from 'node:crypto'
import { linkSync, renameSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

/**
 * One set-up at a time for each clone. The lock is a Unix socket on which its owner listens: the kernel knows whether
 * the owner lives (a process id in a file may meanwhile belong to someone else), and a waiter learns of the end by its
 * connection, without asking again and again. A child that inherits the socket holds the lock too, so that an `npm ci`
 * which outlives a killed set-up is waited for.
 *
 * It lies in the temporary folder: some shared folders can hold no socket, and a socket's path must be short.
 * @param {string} root - the clone
 * @returns {string} path of the socket
 */
export function lockPath(root) {
  const clone = createHash('sha256').update(root).digest('hex').slice(0, 12)
  return join(tmpdir(), `baton-setup-${userInfo().uid}-${clone}.sock`)
}

/**
 * @param {string} path - of the socket
 * @param {() => void} onWait - called when another owner is met
 * @returns {Promise<import('node:net').Server>} the lock; `close()` gives it back
 */
export async function acquireLock(path, onWait) {
  for (;;) {
    const server = await tryListen(path)
    if (server) return server
    if ((await waitForOwner(path, onWait)) === 'dead') await removeDeadLock(path)
  }
}

/**
 * What a child must inherit to hold the lock too. Node has no public name for it; without it, all that is lost is that a
 * child which outlives its set-up is waited for.
 * @returns {number | 'ignore'} for the `stdio` of a spawned process
 */
export function shareLock(server) {
  return server._handle?.fd ?? 'ignore'
}

function tryListen(path) {
  return new Promise((resolve, reject) => {
    const server = createServer(waiter => {
      waiter.on('error', () => {})
      waiter.unref()
    })
    server.once('error', error => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)))
    server.listen(path, () => resolve(server.unref()))
  })
}

/** @returns {Promise<'gone' | 'dead'>} `dead`: it was gone before, and has left its socket behind */
function waitForOwner(path, onWait) {
  return new Promise((resolve, reject) => {
    const owner = connect(path)
    let outcome = 'gone'
    owner.once('connect', onWait)
    owner.once('error', error => {
      if (error.code === 'ECONNREFUSED') outcome = 'dead'
      else if (!['ENOENT', 'ECONNRESET', 'EPIPE'].includes(error.code)) reject(error)
    })
    owner.once('close', () => resolve(outcome))
  })
}

// Two waiters may both find the owner dead, and the slower one must not remove the lock that the faster one has taken
// by then. A socket can be moved aside and asked again; a living one is put back.
async function removeDeadLock(path) {
  const aside = `${path}.${process.pid}`
  try {
    renameSync(path, aside)
    if (await isAlive(aside)) linkSync(aside, path)
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(error.code)) throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

function isAlive(path) {
  return new Promise(resolve => {
    const owner = connect(path, () => {
      owner.destroy()
      resolve(true)
    })
    owner.once('error', () => resolve(false))
  })
}
