import { spawn } from 'node:child_process'
import { shareLock } from './lock.mjs'

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP']
const keptCharacters = 8000

/**
 * Runs one program until it exits. Its output is shown only if it fails. Set-up forwards signals to the program, and ends
 * by the same signal afterwards.
 * @param {string[]} words - program and arguments
 * @param {{ cwd: string, env: Record<string, string | undefined>, lock: import('node:net').Server }} options - `lock` is
 *   inherited, so that it is held as long as the program lives
 * @returns {Promise<{ ok: boolean, output: string }>} output: the end of both streams
 */
export function runCommand([program, ...args], { cwd, env, lock }) {
  return new Promise(resolve => {
    let output = ''
    let stoppedBy
    const child = spawn(program, args, { cwd, env, stdio: ['inherit', 'pipe', 'pipe', shareLock(lock)] })
    const forward = signal => {
      stoppedBy = signal
      child.kill(signal)
    }
    for (const signal of stopSignals) process.on(signal, forward)
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', chunk => (output = (output + chunk).slice(-keptCharacters)))
    }
    const end = (ok, note) => {
      for (const signal of stopSignals) process.off(signal, forward)
      if (stoppedBy) {
        lock.close()
        process.kill(process.pid, stoppedBy)
      } else resolve({ ok, output: [output.trim(), note].filter(Boolean).join('\n') })
    }
    child.once('error', error => end(false, error.message))
    child.once('close', (code, signal) => end(code === 0, signal ? `${program} was stopped by ${signal}` : ''))
  })
}
