import { Worker } from 'node:worker_threads'
import { workerPipes } from './worker-messages.js'

/**
 * Kills this process, and those that it started, when its parent is gone. A separate thread notices that even if a test
 * blocks the main thread.
 * @returns resolves when it watches: until then, code that closes the pipe could break that
 */
export function exitWithParent(): Promise<void> {
  const watch = new Worker(
    `const { Socket } = require('node:net')
     const end = () => {
       try { process.kill(-process.pid, 'SIGKILL') } catch { process.kill(process.pid, 'SIGKILL') }
     }
     new Socket({ fd: ${workerPipes.lifeline}, readable: true, writable: false }).on('end', end).on('close', end).on('error', end).resume()
     require('node:worker_threads').parentPort.postMessage('watches')`,
    { eval: true, env: {}, resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 }, stdout: false },
  )
  watch.unref()
  return new Promise(resolve => {
    watch.once('message', () => resolve())
    // Without the pipe, only the reaper ends this process.
    watch.once('error', () => resolve())
  })
}
