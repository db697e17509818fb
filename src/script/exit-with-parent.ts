import { Worker } from 'node:worker_threads'

/** File descriptor of a pipe whose other end only the parent holds. */
export const lifelineFd = 4

/**
 * Kills this process, and those that it started, when its parent is gone. A separate thread notices that even if a test
 * blocks the main thread.
 */
export function exitWithParent(): void {
  const watch = new Worker(
    `const { Socket } = require('node:net')
     const end = () => {
       try { process.kill(-process.pid, 'SIGKILL') } catch { process.kill(process.pid, 'SIGKILL') }
     }
     new Socket({ fd: ${lifelineFd}, readable: true, writable: false }).on('end', end).on('close', end).on('error', end).resume()`,
    { eval: true, env: {}, resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 }, stdout: false },
  )
  watch.unref()
}
