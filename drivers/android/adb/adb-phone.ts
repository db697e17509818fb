import type { Socket } from 'node:net'
import { BatonError } from '../../../src/error/baton-error.js'
import { errorMessage } from '../../../src/error/error-text.js'
import type { AdbServer } from './adb-server.js'
import { ownValue } from '../../../src/device/own-value.js'

/** A port of this machine that leads to one of the phone. */
export interface Forward {
  local: string
  remote: string
}

const commandMs = 5_000

export interface ExecOptions {
  /** Milliseconds until it is given up; default 5,000. */
  timeoutMs?: number
  /** What the command reads. */
  input?: Buffer
  /** Its abortion gives the command up, and is what is thrown. */
  signal?: AbortSignal
}

/** One phone, by its serial, as its adb server reaches it. Errors name the device as its users know it. */
export class AdbPhone {
  constructor(
    readonly server: AdbServer,
    readonly udid: string,
    /** The device's name in the farm. */
    readonly device: string,
  ) {}

  /** @throws BatonError BATON_DEVICE_LOST where adb does not have the phone, or may not use it */
  assertAttached(): void {
    const state = this.server.state(this.udid)
    if (state !== 'device') throw this.lostError(...describeState(state))
  }

  /**
   * Runs a command line in the phone's shell.
   * @param timeoutMs - milliseconds until it is given up; default 5,000
   * @returns what it printed, its errors included
   * @throws BatonError BATON_DEVICE_LOST where the phone is not there or does not answer in time
   */
  async shell(command: string, timeoutMs = commandMs): Promise<string> {
    return (await this.#run(`shell:${command}`, { timeoutMs })).toString()
  }

  /** As `shell`, for a command that prints or reads bytes. */
  async exec(command: string, options: ExecOptions = {}): Promise<Buffer> {
    return this.#run(`exec:${command}`, options)
  }

  /** Opens a service of the phone for whoever reads it as it comes. @param signal - its abortion ends it */
  async openService(service: string, signal: AbortSignal): Promise<Socket> {
    return this.server.openService([`host:transport:${this.udid}`, service], signal)
  }

  async reboot(): Promise<void> {
    await this.#run('reboot:')
  }

  /** Ports of this machine that lead to this phone. */
  async listForwards(): Promise<Forward[]> {
    const text = await this.#requestFromServer('host:list-forward')
    return text.split('\n').flatMap(line => {
      const [serial, local, remote] = line.trim().split(/\s+/)
      return serial === this.udid && local !== undefined && remote !== undefined ? [{ local, remote }] : []
    })
  }

  async removeForward(local: string): Promise<void> {
    await this.#requestFromServer(`host-serial:${this.udid}:killforward:${local}`)
  }

  /** Makes a port of the phone lead to one of this machine. */
  async reverse(remote: string, local: string): Promise<void> {
    await this.#reverse(`reverse:forward:${remote};${local}`)
  }

  async removeReverse(remote: string): Promise<void> {
    await this.#reverse(`reverse:killforward:${remote}`)
  }

  async #reverse(service: string): Promise<void> {
    const answer = await this.#run(service)
    if (answer.subarray(0, 4).toString() !== 'OKAY') throw this.lostError(`refused ${service}: ${answer.toString()}`)
  }

  get isReachedByAddress(): boolean {
    return isAddress(this.udid)
  }

  /** Makes adb connect to a phone that is reached by an address, dropping a connection that is dead. */
  async connect(): Promise<void> {
    if (!isAddress(this.udid)) return
    const state = this.server.state(this.udid)
    if (state === 'device') return
    // adb takes a dead connection for a live one, and says so instead of connecting.
    if (state !== undefined) await this.#requestFromServer(`host:disconnect:${this.udid}`).catch(() => {})
    await this.#requestFromServer(`host:connect:${this.udid}`).catch(() => {})
  }

  /** Ends a connection by address that no longer answers: a phone at a cable is told apart by adb itself. */
  async disconnect(): Promise<void> {
    if (isAddress(this.udid)) await this.#requestFromServer(`host:disconnect:${this.udid}`).catch(() => {})
  }

  lostError(what: string, hint?: string, cause?: unknown): BatonError {
    return new BatonError('BATON_DEVICE_LOST', `${this.device} (${this.udid}) ${what}`, {
      device: this.device,
      cause,
      ...(hint !== undefined && { hint }),
    })
  }

  async #run(service: string, { timeoutMs = commandMs, input, signal: givenUp }: ExecOptions = {}): Promise<Buffer> {
    return this.#withDeadline({ timeoutMs, givenUp }, async signal => {
      const socket = await this.openService(service, signal)
      if (input) socket.write(input)
      return readAll(socket, signal)
    })
  }

  /** A request to the adb server, whose answer has a length. */
  async #requestFromServer(service: string): Promise<string> {
    return this.#withDeadline({ timeoutMs: commandMs }, async signal => {
      const answer = await readAll(await this.server.openService([service], signal), signal)
      return answer.subarray(4).toString()
    })
  }

  async #withDeadline<T>(
    { timeoutMs, givenUp }: { timeoutMs: number; givenUp?: AbortSignal | undefined },
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    try {
      return await work(givenUp ? AbortSignal.any([deadline.signal, givenUp]) : deadline.signal)
    } catch (error) {
      givenUp?.throwIfAborted()
      if (error instanceof BatonError) throw error
      const why = errorMessage(error)
      throw deadline.signal.aborted
        ? this.lostError(`does not answer: ${why}`, 'it may be frozen: look at its screen, reboot it', error)
        : this.lostError(`cannot be reached: ${why}`, 'look at its cable and at `adb devices`', error)
    } finally {
      clearTimeout(timer)
    }
  }
}

async function readAll(socket: Socket, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = []
  return new Promise((resolve, reject) => {
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.once('error', reject)
    socket.once('end', () => resolve(Buffer.concat(chunks)))
    socket.once('close', () => reject((signal.reason as Error | undefined) ?? new Error('the connection was closed')))
    socket.resume()
  })
}

/** adb's name for a phone that was reached by `adb connect`. */
function isAddress(udid: string): boolean {
  return /^[^:]+:\d+$/.test(udid)
}

/** What to say of a phone in a state that is not `device`, and what to do about it. */
const stateTexts: Record<string, [text: string, hint: string]> = {
  unauthorized: ['has not allowed this machine to debug it', 'unlock it and accept the question for this computer'],
  authorizing: ['has not allowed this machine to debug it yet', 'unlock it and accept the question for this computer'],
  'no permissions': ['cannot be opened: no permissions', 'add a udev rule for its vendor, then replug it'],
}

export function describeState(state: string | undefined): [text: string, hint: string] {
  const hint = 'look at its cable and at `adb devices`'
  if (state === undefined) return ['is not attached: adb does not have it', hint]
  return ownValue(stateTexts, state) ?? [`is ${state} to adb`, hint]
}
