import { PassThrough } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { Phone } from '../phone.js'
import { commands } from './commands.js'
import { parseShell, ShellSyntaxError, type Script, type SimpleCommand, type Step } from './parse-shell.js'
import { CommandFailure, type ShellIo } from './shell-io.js'

/** Runs a line of the phone's shell. @returns the exit code of its last command */
export async function runShell(phone: Phone, line: string, io: ShellIo): Promise<number> {
  if (phone.knobs.shellDelayMs > 0) await delay(phone.knobs.shellDelayMs)
  let script: Script
  try {
    script = parseShell(line)
  } catch (error) {
    if (!(error instanceof ShellSyntaxError)) throw error
    io.err(`/system/bin/sh: syntax error: ${error.message}\n`)
    return 2
  }
  if (script.kind === 'steps') return runSteps(phone, script.steps, io)
  let code = 0
  while (!io.signal.aborted && (await runSteps(phone, script.condition, io)) === 0) {
    code = await runSteps(phone, script.body, io)
  }
  return code
}

async function runSteps(phone: Phone, steps: readonly Step[], io: ShellIo): Promise<number> {
  let code = 0
  for (const { after, pipeline } of steps) {
    if (io.signal.aborted) break
    if ((after === '&&' && code !== 0) || (after === '||' && code === 0)) continue
    code = await runPipeline(phone, pipeline, io)
  }
  return code
}

async function runPipeline(phone: Phone, pipeline: readonly SimpleCommand[], io: ShellIo): Promise<number> {
  let { stdin } = io
  const running = pipeline.map((command, index) => {
    if (index === pipeline.length - 1) return runCommand(phone, command, { ...io, stdin })
    const pipe = new PassThrough()
    const input = stdin
    stdin = pipe
    const done = runCommand(phone, command, { ...io, stdin: input, out: text => void pipe.write(text) })
    return done.finally(() => pipe.end())
  })
  return (await Promise.all(running)).at(-1) ?? 0
}

async function runCommand(phone: Phone, { words, errors, output }: SimpleCommand, io: ShellIo): Promise<number> {
  const out = output === 'nowhere' ? (): void => {} : io.out
  const err = errors === 'apart' ? io.err : errors === 'nowhere' ? (): void => {} : out
  // A variable that is set for one command, or `exec` in front of it, changes nothing here.
  const [name = '', ...args] = words.slice(words.findIndex(word => word !== 'exec' && !/^[A-Z_]+=/.test(word)))
  const command = commands.get(name)
  if (!command) {
    err(`/system/bin/sh: ${name}: inaccessible or not found\n`)
    return 127
  }
  try {
    return await command({ phone, args, io: { ...io, out, err } })
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    err(`${error.message}\n`)
    return error.exitCode
  }
}
