import { spawn } from 'node:child_process'
import { open } from 'node:fs/promises'
import { z } from 'zod'
import { BatonError, BatonErrors } from '../../error/baton-error.js'
import { codes, type ErrorCode } from '../../error/codes.js'
import { makeIgnoredDirectory } from '../../process/ignored-directory.js'
import { farmPaths } from './farm-record.js'

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(codes, code)

const errorSchema = z.object({
  code: z.string().refine(isErrorCode),
  message: z.string(),
  hint: z.string().exactOptional(),
})

/** What the process of a warm farm sends to the one that started it. */
const startMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** Another process has the farm of this project. */
  z.object({ type: z.literal('taken') }),
  z.object({ type: z.literal('failed'), errors: z.array(errorSchema) }),
  /** A line of the host, for the user. */
  z.object({ type: z.literal('line'), line: z.string() }),
])
export type StartMessage = z.infer<typeof startMessageSchema>

/** How the process of a warm farm reaches the one that started it, until it serves. */
export interface Starter {
  send(message: StartMessage): void
  /** Sends why it can't serve. An error that is not a BatonError is a bug. */
  fail(thrown: unknown): void
  close(): void
}

/** @param onGone - called if the process that started it ends before it serves */
export function startMessageSender(onGone: () => void): Starter {
  let isWaiting = process.connected
  process.on('disconnect', () => {
    if (isWaiting) onGone()
  })
  const send = (message: StartMessage): void => {
    if (message.type !== 'line') isWaiting = false
    // The starter may have died.
    if (process.connected) process.send?.(message, undefined, undefined, () => {})
  }
  return {
    send,
    fail: thrown => send(failureMessage(thrown)),
    close: () => {
      if (process.connected) process.disconnect()
    },
  }
}

function failureMessage(thrown: unknown): StartMessage {
  const errors = thrown instanceof BatonErrors ? thrown.errors : [thrown]
  return {
    type: 'failed',
    errors: errors.map(error =>
      error instanceof BatonError
        ? { code: error.code, message: error.message, ...(error.hint !== undefined && { hint: error.hint }) }
        : { code: 'BATON_INTERNAL', message: error instanceof Error ? (error.stack ?? error.message) : String(error) },
    ),
  }
}

export interface StartFarmOptions {
  /** Program and arguments that serve the farm. */
  command: readonly [program: string, ...args: string[]]
  cwd: string
  env: Readonly<Record<string, string | undefined>>
  onHostMessage: (line: string) => void
  /** Aborted if it is no longer wanted before it serves. */
  stop: AbortSignal
}

/**
 * Starts the process of a warm farm, which outlives this one.
 * @returns once it serves, or `taken` if another process has the farm of this project
 * @throws BatonErrors that its process sends; the reason of `stop` if that was aborted, after its process has ended
 */
export async function startFarm(options: StartFarmOptions): Promise<'ready' | 'taken'> {
  const { cwd, env, stop } = options
  const [program, ...args] = options.command
  stop.throwIfAborted()
  const paths = farmPaths(cwd)
  await makeIgnoredDirectory(paths.folder)
  const log = await open(paths.log, 'a')
  const child = spawn(program, args, {
    cwd,
    env: { ...env },
    // Ctrl-C in the terminal must not reach it.
    detached: true,
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  })
  await log.close()
  const end = (): void => void child.kill('SIGTERM')
  stop.addEventListener('abort', end)
  try {
    const outcome = await new Promise<StartMessage | NodeJS.Signals | number>((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (code, signal) => resolve(signal ?? code ?? 0))
      child.on('message', message => {
        const { data } = startMessageSchema.safeParse(message)
        if (data?.type === 'line') options.onHostMessage(data.line)
        else if (data) resolve(data)
      })
    })
    if (stop.aborted) await ended(child)
    stop.throwIfAborted()
    return outcomeOf(outcome, paths.log)
  } finally {
    stop.removeEventListener('abort', end)
    if (child.connected) child.disconnect()
    child.unref()
  }
}

function outcomeOf(outcome: StartMessage | NodeJS.Signals | number, log: string): 'ready' | 'taken' {
  if (typeof outcome !== 'object') {
    throw new BatonError('BATON_HOST_LOST', `the warm farm ended with ${outcome} while it was starting`, {
      hint: `its log is ${log}`,
    })
  }
  if (outcome.type === 'ready' || outcome.type === 'taken') return outcome.type
  const errors = outcome.type === 'failed' ? outcome.errors : []
  throw new BatonErrors(
    errors.map(({ code, message, hint }) => new BatonError(code, message, hint === undefined ? {} : { hint })),
  )
}

async function ended(child: ReturnType<typeof spawn>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await new Promise<void>(resolve => child.once('exit', () => resolve()))
}
