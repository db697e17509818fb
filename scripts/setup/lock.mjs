import { createHash } from 'node:crypto'
import { linkSync, renameSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

/**
 * Allows one setup at a time for each clone. The lock is a Unix socket on which its owner listens. So the kernel knows
 * whether the owner is alive (a process id in a file could belong to another process by now), and a waiter's connection
 * closes when the owner ends, without polling. A child that inherits the socket holds the lock too, so that an `npm ci` that
 * outlives a killed setup is waited for.
 *
 * It is in the temporary folder, because some shared folders don't support sockets and a socket's path must be short.
 * @param {string} root - the clone
 * @returns {string} path of the socket
 */
export function lockPath(root) {
  const clone = createHash('sha256').update(root).digest('hex').slice(0, 12)
  return join(tmpdir(), `baton-setup-${userInfo().uid}-${clone}.sock`)
}

/**
 * @param {string} path - of the socket
 * @param {() => void} onWait - called if another process holds the lock
 * @returns {Promise<import('node:net').Server>} the lock; `close()` releases it
 */
export async function acquireLock(path, onWait) {
  for (;;) {
    const server = await tryListen(path)
    if (server) return server
    if ((await waitForOwner(path, onWait)) === 'dead') await removeDeadLock(path)
  }
}

/**
 * The file descriptor that a child must inherit to hold the lock too. Node has no public name for it. If it is missing, a
 * child that outlives its setup is not waited for; nothing else changes.
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

/** @returns {Promise<'gone' | 'dead'>} `dead`: the owner had died earlier and left its socket behind */
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

// Two waiters may both find the owner dead. The slower one must not remove the lock that the faster one has acquired. So
// the socket is renamed first and checked again; if its owner is alive, it is restored.
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
