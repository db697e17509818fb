import type { Readable } from 'node:stream'
import type { Phone } from '../phone.js'

/** Where a command writes to and reads from. */
export interface ShellIo {
  out: (text: string | Buffer) => void
  err: (text: string | Buffer) => void
  stdin: Readable
  /** Aborted when whoever started the command is gone. */
  signal: AbortSignal
}

export interface Invocation {
  phone: Phone
  /** Without the command's own name. */
  args: string[]
  io: ShellIo
  /** The shell's own, where the command takes its place (`exec`). */
  pid?: number | undefined
}

/** @returns the exit code */
export type Command = (invocation: Invocation) => number | Promise<number>

/** A command that failed: what it says on standard error, and its exit code. */
export class CommandFailure extends Error {
  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message)
  }
}
