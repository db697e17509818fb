import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { withTimeout } from './deadline.js'
import { LineBuffer } from './line-buffer.js'
import { signalGroup } from './process-group.js'
import { registerResource, unregisterResource } from './reaper.js'

export interface SpawnOwnedOptions {
  cwd?: string
  /** The whole environment; default: this process's own. */
  env?: Record<string, string | undefined>
  /** Opens Node's IPC channel: `child.send`, `child.on('message')`. */
  ipc?: boolean
  /** Shares this process's standard input and error, such as a terminal; standard output is still read. */
  sharesTerminal?: boolean
  /** Output is appended to this file, line by line. */
  logFile?: string
  /** Called with each line of output as it comes. */
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void
}

/** How a process ended: one of the two is set. */
export interface ProcessEnd {
  code: number | null
  signal: NodeJS.Signals | null
}

/** A child process that never outlives this one. When it ends, so does all that it started in its process group. */
export interface OwnedProcess {
  readonly pid: number
  readonly child: ChildProcess
  /** Resolves when the process has ended and its output has been read. Never rejects. */
  readonly exited: Promise<ProcessEnd>
  /** The last lines of output, for error messages. */
  tail(): string
  /**
   * Ends the process and its group: SIGTERM to the process, then SIGKILL to the group.
   * @param graceMs - milliseconds from SIGTERM to SIGKILL; 0 kills at once; default 5,000
   */
  stop(graceMs?: number): Promise<ProcessEnd>
}

const tailLines = 30
const tailLineLength = 2_000
/** Milliseconds to wait for the end of the output: a descendant that left the group may keep the pipe open forever. */
const lastOutputMs = 300

/**
 * Starts a child process in its own process group. If this process dies without stopping it, the reaper does.
 * @throws the system's error (`code: 'ENOENT'` if there is no such program)
 */
export async function spawnOwned(
  command: string,
  args: readonly string[],
  options: SpawnOwnedOptions = {},
): Promise<OwnedProcess> {
  const child = spawn(command, args, {
    detached: true,
    stdio: stdioOf(options),
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.env !== undefined && { env: options.env }),
  })
  const { pid } = child
  if (pid === undefined) {
    const [error] = (await once(child, 'error')) as [Error]
    throw error
  }
  registerResource({ kind: 'group', pgid: pid })
  // Errors after the start mean that a signal or a message was not delivered: the process has ended, and `exit` follows.
  child.on('error', () => {})

  const lines: string[] = []
  const log = options.logFile === undefined ? undefined : createWriteStream(options.logFile, { flags: 'a' })
  const read = readOutput(child, log, (line, stream) => {
    lines.push(line.slice(0, tailLineLength))
    if (lines.length > tailLines) lines.shift()
    options.onLine?.(line, stream)
  })
  const exited = endOf(child, pid).then(async end => {
    await withTimeout(read, lastOutputMs, () => {})
    return end
  })

  return {
    pid,
    child,
    exited,
    tail: () => lines.join('\n'),
    async stop(graceMs = 5000) {
      if (isRunning(child)) {
        if (graceMs > 0) child.kill('SIGTERM')
        const kill = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs)
        void exited.then(() => clearTimeout(kill))
      }
      return exited
    },
  }
}

function stdioOf({ sharesTerminal, ipc }: SpawnOwnedOptions): StdioOptions {
  const streams = sharesTerminal ? (['inherit', 'pipe', 'inherit'] as const) : (['ignore', 'pipe', 'pipe'] as const)
  return [...streams, ...(ipc ? (['ipc'] as const) : [])]
}

async function endOf(child: ChildProcess, pid: number): Promise<ProcessEnd> {
  const { code, signal } = await new Promise<ProcessEnd>(resolve => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  // End what the leader left behind, such as ChromeDriver and browsers of a killed Appium.
  signalGroup(pid, 'SIGKILL')
  unregisterResource({ kind: 'group', pgid: pid })
  return { code, signal }
}

async function readOutput(
  child: ChildProcess,
  log: WriteStream | undefined,
  onLine: (line: string, stream: 'stdout' | 'stderr') => void,
): Promise<void> {
  // A log that can't be written, for example because the disk is full, must not end the farm.
  log?.on('error', () => {})
  const read = async (input: Readable | null, stream: 'stdout' | 'stderr') => {
    if (!input) return
    const buffer = new LineBuffer(lines => {
      for (const ended of lines.split('\n')) {
        const line = ended.replace(/\r$/, '')
        log?.write(`${line}\n`)
        onLine(line, stream)
      }
    })
    try {
      for await (const text of input.setEncoding('utf8')) buffer.add(String(text))
    } catch {
      // A pipe that breaks ends the output.
    }
    buffer.flush()
  }
  await Promise.all([read(child.stdout, 'stdout'), read(child.stderr, 'stderr')])
  // The log must be complete before `exited` resolves.
  if (log) await new Promise<void>(resolve => log.end(() => resolve()))
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}
