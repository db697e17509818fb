import type { Readable } from 'node:stream'
import type { Phone } from '../phone.js'

/** Input and output of a command. */
export interface ShellIo {
  out: (text: string | Buffer) => void
  err: (text: string | Buffer) => void
  stdin: Readable
  /** Aborted when the caller of the command is gone. */
  signal: AbortSignal
}

export interface Invocation {
  phone: Phone
  /** Without the command's name. */
  args: string[]
  io: ShellIo
  /** Process id of the shell, if the command replaces it (`exec`). */
  pid?: number | undefined
}

/** @returns the exit code */
export type Command = (invocation: Invocation) => number | Promise<number>

/** A failed command: its standard error and exit code. */
export class CommandFailure extends Error {
  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message)
  }
}

/** The user that a command is for: without `--user`, the first one, whoever uses the phone. */
export function userIn(phone: Phone, args: readonly string[]): number {
  const at = args.indexOf('--user')
  const user = at < 0 ? '0' : (args[at + 1] ?? '')
  return user === 'current' ? phone.behavior.user : Number(user)
}
