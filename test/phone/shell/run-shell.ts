import { PassThrough } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { Phone } from '../phone.js'
import { commands } from './commands.js'
import { parseShell, ShellSyntaxError, type Script, type SimpleCommand, type Step } from './parse-shell.js'
import { CommandFailure, type ShellIo } from './shell-io.js'

/** A process that runs a line; `$$` is its process id. */
interface Shell {
  phone: Phone
  pid: number
}

/** Runs a line of the phone's shell. @returns the exit code of its last command */
export async function runShell(phone: Phone, line: string, io: ShellIo): Promise<number> {
  if (phone.behavior.shellDelayMs > 0) await delay(phone.behavior.shellDelayMs)
  const pid = phone.processes.reservePid()
  const shell = { phone, pid }
  let script: Script
  try {
    script = parseShell(line, pid)
  } catch (error) {
    if (!(error instanceof ShellSyntaxError)) throw error
    io.err(`/system/bin/sh: syntax error: ${error.message}\n`)
    return 2
  }
  if (script.kind === 'steps') return runSteps(shell, script.steps, io)
  let code = 0
  while (!io.signal.aborted && (await runSteps(shell, script.condition, io)) === 0) {
    code = await runSteps(shell, script.body, io)
  }
  return code
}

async function runSteps(shell: Shell, steps: readonly Step[], io: ShellIo): Promise<number> {
  let code = 0
  for (const { after, pipeline } of steps) {
    if (io.signal.aborted) break
    if ((after === '&&' && code !== 0) || (after === '||' && code === 0)) continue
    code = await runPipeline(shell, withResult(pipeline, code), io)
  }
  return code
}

/** Fills in `$?`, the result of the previous step. */
function withResult(pipeline: readonly SimpleCommand[], code: number): SimpleCommand[] {
  return pipeline.map(command => ({
    ...command,
    words: command.words.map(word => word.replaceAll('$?', String(code))),
  }))
}

async function runPipeline(shell: Shell, pipeline: readonly SimpleCommand[], io: ShellIo): Promise<number> {
  let { stdin } = io
  const running = pipeline.map((command, index) => {
    if (index === pipeline.length - 1) return runCommand(shell, command, { ...io, stdin })
    const pipe = new PassThrough()
    const input = stdin
    stdin = pipe
    const done = runCommand(shell, command, { ...io, stdin: input, out: text => void pipe.write(text) })
    return done.finally(() => pipe.end())
  })
  return (await Promise.all(running)).at(-1) ?? 0
}

async function runCommand(
  { phone, pid }: Shell,
  { words, errors, output }: SimpleCommand,
  io: ShellIo,
): Promise<number> {
  const out = output === 'nowhere' ? (): void => {} : io.out
  const err = errors === 'apart' ? io.err : errors === 'nowhere' ? (): void => {} : out
  // Variables for one command are ignored.
  const at = words.findIndex(word => word !== 'exec' && !/^[A-Z_]+=/.test(word))
  const [name = '', ...args] = words.slice(at)
  const command = commands.get(name)
  if (!command) {
    err(`/system/bin/sh: ${name}: inaccessible or not found\n`)
    return 127
  }
  const { stuckCommand } = phone.behavior
  if (stuckCommand !== '' && words.slice(at).join(' ').startsWith(stuckCommand)) return stick(phone, name, io.signal)
  try {
    const replaces = words.slice(0, at).includes('exec')
    return await command({ phone, args, io: { ...io, out, err }, pid: replaces ? pid : undefined })
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    err(`${error.message}\n`)
    return error.exitCode
  }
}

/** A process that does nothing until it is killed or its caller is gone. */
async function stick(phone: Phone, name: string, signal: AbortSignal): Promise<number> {
  await new Promise<void>(resolve => {
    const pid = phone.processes.start(name, 'shell', resolve)
    signal.addEventListener('abort', () => phone.processes.end(pid), { once: true })
    if (signal.aborted) phone.processes.end(pid)
  })
  return 137
}
