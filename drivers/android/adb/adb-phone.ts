import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { ownValue } from '../../../src/device/references.js'
import { BatonError } from '../../../src/error/baton-error.js'
import { errorMessage } from '../../../src/error/error-text.js'
import { unlessAborted } from '../../../src/process/deadline.js'
import type { AdbClient } from './adb-client.js'
import type { AdbServer } from './adb-server.js'
import { readFrames, splitExitCode, withExitCode, type ShellOutput } from './shell-protocol.js'

/** A port of this machine that is forwarded to one of the phone, both as adb writes them: `tcp:8200`. */
export interface Forward {
  local: string
  remote: string
}

const defaultTimeoutMs = 5_000

export interface CommandOptions {
  /** Milliseconds until the command fails; default 5,000. */
  timeoutMs?: number
  /** Aborts the command, which then throws the signal's reason. */
  signal?: AbortSignal
}

export interface ExecOptions extends CommandOptions {
  /** Standard input of the command. */
  input?: Buffer
}

/** What a command printed, and how it ended. The errors of phones older than Android 7 are part of the output. */
export interface ShellResult {
  stdout: string
  stderr: string
  exitCode: number
}

/** One phone as its adb server reaches it. Every operation has a deadline; errors name the device as users know it. */
export class AdbPhone {
  /** Whether its shell separates errors from output, as all do since Android 7; undefined: not known yet. */
  #hasShellV2: boolean | undefined

  /**
   * @param udid - the phone's serial number
   * @param device - the device's name in the farm
   */
  constructor(
    readonly server: AdbServer,
    readonly udid: string,
    readonly device: string,
  ) {}

  /** @throws BatonError BATON_DEVICE_LOST if adb does not have the phone or may not use it */
  assertAttached(): void {
    const state = this.server.state(this.udid)
    if (state !== 'device') throw this.lostError(...describeState(state))
  }

  /**
   * Runs a command line in the phone's shell.
   * @param timeoutMs - milliseconds until it fails; default 5,000
   * @returns what it printed on its standard output
   * @throws BatonError BATON_DEVICE_UNFIT with its error messages if it fails; BATON_DEVICE_LOST if the phone is not attached
   *   or does not answer in time
   */
  async shell(command: string, timeoutMs = defaultTimeoutMs): Promise<string> {
    const { stdout } = this.#checked(command, await this.#execute(command, { timeoutMs }))
    return stdout.toString()
  }

  /** Like `shell`, for commands whose failure is an answer: throws only if the phone does not answer. */
  async run(command: string, options: ExecOptions = {}): Promise<ShellResult> {
    const { stdout, stderr, exitCode } = await this.#execute(command, options)
    return { stdout: stdout.toString(), stderr: stderr.toString(), exitCode }
  }

  /** Like `shell`, for commands that print bytes. */
  async exec(command: string, options: ExecOptions = {}): Promise<Buffer> {
    return this.#checked(command, await this.#execute(command, options)).stdout
  }

  /** Starts a command and returns its output as it comes. @param signal - ends it */
  async openShell(command: string, signal: AbortSignal): Promise<Readable> {
    return this.#withSignal(signal, async client => client.getDevice(this.udid).shell(command))
  }

  /** Like `openShell`, for commands that print bytes. */
  async openExec(command: string, signal: AbortSignal): Promise<Readable> {
    return this.#withSignal(signal, async client => client.openExec(this.udid, command))
  }

  /** System properties, as `getprop` lists them. */
  async properties(): Promise<Record<string, string>> {
    return this.#inTime({}, async client => client.getDevice(this.udid).getProperties())
  }

  async reboot(): Promise<void> {
    await this.#inTime({}, async client => client.getDevice(this.udid).reboot())
  }

  /** Ports of this machine that are forwarded to this phone. */
  async listForwards(): Promise<Forward[]> {
    const forwards: (Forward & { serial: string })[] = await this.#inTime({}, async client =>
      client.getDevice(this.udid).listForwards(),
    )
    // adb lists the forwards of all phones.
    return forwards.filter(({ serial }) => serial === this.udid)
  }

  async removeForward(local: string): Promise<void> {
    await this.#inTime({}, async client => client.removeForward(this.udid, local))
  }

  /** Makes a port of the phone lead to one of this machine. */
  async reverse(remote: string, local: string): Promise<void> {
    await this.#inTime({}, async client => client.getDevice(this.udid).reverse(remote, local))
  }

  async removeReverse(remote: string): Promise<void> {
    await this.#inTime({}, async client => client.removeReverse(this.udid, remote))
  }

  /** Whether the phone is reached by `adb connect HOST:PORT`. */
  get isReachedByAddress(): boolean {
    return /^[^:]+:\d+$/.test(this.udid)
  }

  /** Makes adb connect to a phone that is reached by address. Drops a dead connection first. */
  async connect(): Promise<void> {
    if (!this.isReachedByAddress) return
    const state = this.server.state(this.udid)
    if (state === 'device') return
    // adb takes a dead connection for a live one, and answers "already connected".
    if (state !== undefined) await this.disconnect()
    await this.#inTime({}, async client => client.connect(this.udid)).catch(() => {})
  }

  /** Makes adb replace its connection to a phone on a cable, which may be stuck. */
  async reconnect(): Promise<void> {
    await this.#inTime({}, async client => client.reconnect(this.udid)).catch(() => {})
  }

  /** Drops the connection to a phone that is reached by address. Does nothing for a phone on a cable. */
  async disconnect(): Promise<void> {
    if (this.isReachedByAddress) await this.#inTime({}, async client => client.disconnect(this.udid)).catch(() => {})
  }

  lostError(what: string, hint?: string, cause?: unknown): BatonError {
    return new BatonError('BATON_DEVICE_LOST', `${this.device} (${this.udid}) ${what}`, {
      device: this.device,
      cause,
      ...(hint !== undefined && { hint }),
    })
  }

  async #execute(command: string, { input, ...options }: ExecOptions): Promise<ShellOutput> {
    return this.#inTime(options, async client => {
      this.#hasShellV2 ??= (await client.listTransportFeatures(this.udid)).includes('shell_v2')
      if (this.#hasShellV2) return readFrames(await client.openShellV2(this.udid, command), input)
      // Without an end of the input: a command that reads it must know how much there is.
      const stream = await client.openExec(this.udid, withExitCode(command))
      if (input) stream.write(input)
      return splitExitCode(await buffer(stream))
    })
  }

  /** @throws BatonError BATON_DEVICE_UNFIT if the command failed */
  #checked(command: string, output: ShellOutput): ShellOutput {
    const { stdout, stderr, exitCode } = output
    if (exitCode === 0) return output
    const { device, udid } = this
    const printed = messageOf({ stdout: stdout.toString(), stderr: stderr.toString() })
    const name = command.split(' ').slice(0, 3).join(' ')
    throw new BatonError(
      'BATON_DEVICE_UNFIT',
      `${device} (${udid}): \`${name}\` failed with exit code ${exitCode}: ${printed}`,
      { device, hint: `run \`adb -s ${udid} shell ${command}\` to see why` },
    )
  }

  /** adbkit never ends a request if its connection is closed between two steps, so the signal ends the wait as well. */
  async #withSignal<T>(signal: AbortSignal, work: (client: AdbClient) => Promise<T>): Promise<T> {
    return unlessAborted(work(this.server.client(signal)), signal)
  }

  /** adbkit has no deadlines: when time is up, or the work is done, all connections of the operation are closed. */
  async #inTime<T>(
    { timeoutMs = defaultTimeoutMs, signal }: CommandOptions,
    work: (client: AdbClient) => Promise<T>,
  ): Promise<T> {
    const operation = new AbortController()
    const deadline = setTimeout(() => operation.abort(), timeoutMs)
    try {
      return await this.#withSignal(signal ? AbortSignal.any([operation.signal, signal]) : operation.signal, work)
    } catch (error) {
      signal?.throwIfAborted()
      throw operation.signal.aborted
        ? this.lostError(
            `does not answer: no answer within ${timeoutMs} ms`,
            'it may be frozen: look at its screen, reboot it',
            error,
          )
        : this.lostError(`cannot be reached: ${reasonOf(error)}`, 'check its cable and `adb devices`', error)
    } finally {
      clearTimeout(deadline)
      operation.abort()
    }
  }
}

/** What a command printed, errors first, as part of a message. */
export function messageOf({ stdout, stderr }: Pick<ShellResult, 'stdout' | 'stderr'>): string {
  return [stderr, stdout].map(text => text.trim()).find(text => text !== '') ?? 'no message'
}

/** Without adbkit's words around the server's own message. */
function reasonOf(error: unknown): string {
  const message = errorMessage(error)
  return /^Failure: '(.*)'$/s.exec(message)?.[1] ?? message
}

/** Message and hint for a state that is not `device`. */
const stateTexts: Record<string, [text: string, hint: string]> = {
  unauthorized: ['has not allowed this machine to debug it', 'unlock it and accept the question for this computer'],
  authorizing: ['has not allowed this machine to debug it yet', 'unlock it and accept the question for this computer'],
  'no permissions': ['cannot be opened: no permissions', 'add a udev rule for its vendor, then replug it'],
}

export function describeState(state: string | undefined): [text: string, hint: string] {
  const hint = 'check its cable and `adb devices`'
  if (state === undefined) return ['is not attached: adb does not have it', hint]
  return ownValue(stateTexts, state) ?? [`is ${state} to adb`, hint]
}
