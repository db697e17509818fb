import { spawn } from 'node:child_process'
import { shareLock } from './lock.mjs'

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP']
const keptCharacters = 8000

/**
 * Runs one program to its end, quietly: its output matters only where it fails. A signal that reaches set-up is passed
 * on, and set-up ends by it once the program has ended.
 * @param {string[]} words - program and arguments
 * @param {{ cwd: string, env: Record<string, string | undefined>, lock: import('node:net').Server }} options - `lock` is
 *   inherited, so that it stays held for as long as the program lives
 * @returns {Promise<{ ok: boolean, output: string }>} output: the end of both streams
 */
export function runCommand([program, ...args], { cwd, env, lock }) {
  return new Promise(resolve => {
    let output = ''
    let stoppedBy
    const child = spawn(program, args, { cwd, env, stdio: ['inherit', 'pipe', 'pipe', shareLock(lock)] })
    const passOn = signal => {
      stoppedBy = signal
      child.kill(signal)
    }
    for (const signal of stopSignals) process.on(signal, passOn)
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', chunk => (output = (output + chunk).slice(-keptCharacters)))
    }
    const end = (ok, note) => {
      for (const signal of stopSignals) process.off(signal, passOn)
      if (stoppedBy) {
        lock.close()
        process.kill(process.pid, stoppedBy)
      } else resolve({ ok, output: [output.trim(), note].filter(Boolean).join('\n') })
    }
    child.once('error', error => end(false, error.message))
    child.once('close', (code, signal) => end(code === 0, signal ? `${program} was stopped by ${signal}` : ''))
  })
}
