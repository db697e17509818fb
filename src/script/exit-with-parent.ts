import { Worker } from 'node:worker_threads'

/** The file descriptor of a pipe whose other end only the parent holds. */
export const lifelineFd = 4

/**
 * Ends this process, and what it started, when its parent is gone. In a thread of its own, since a test that never
 * returns would keep this one from noticing.
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
