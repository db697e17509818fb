import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpuMsBelow } from '../process-tree.js'

export interface TimedCommand {
  /** Arguments of Node. */
  args: readonly string[]
  cwd: string
  env: Readonly<Record<string, string>>
}

/** What something took, from its start to its end; the processor time is everybody's below this process. */
export interface Cost {
  wallMs: number
  cpuMs: number | undefined
}

/** Times what is done. */
export async function timed(work: () => Promise<void>): Promise<Cost> {
  const cpuBefore = cpuMsBelow()
  const began = performance.now()
  await work()
  const wallMs = performance.now() - began
  const cpuAfter = cpuMsBelow()
  return { wallMs, cpuMs: cpuBefore === undefined || cpuAfter === undefined ? undefined : cpuAfter - cpuBefore }
}

/** Runs a command to its end. @throws with its output where it did not end with 0 */
export async function runCommand({ args, cwd, env }: TimedCommand): Promise<void> {
  const { CI: _ci, GITHUB_ACTIONS: _actions, ...inherited } = process.env
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...inherited, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk))
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  if (code !== 0) {
    throw new Error(`${args.join(' ')} ended with ${code ?? signal}:\n${Buffer.concat(output).toString().slice(-4000)}`)
  }
}
