import type { ResetPolicy } from '../../../device/device-entry.js'
import type { Artifact } from '../../../device/driver/artifact-capability.js'
import type { HostSession } from '../../../device/driver/host-session.js'
import type { PreparedDevice } from '../../../device/driver/driver.js'
import { BatonError } from '../../../error/baton-error.js'
import { errorMessage } from '../../../error/error-text.js'
import { unlessAborted } from '../../../process/deadline.js'
import type { Repeating } from '../../../process/repeat.js'
import { parseUpstream } from '../../appium/appium-upstream.js'
import type { Gateway } from '../../gateway/gateway.js'
import { sessionIdentity } from './session-identity.js'
import { deleteSession, openSession, withDeadline, type OpenedSession } from './open-session.js'
import { idleCapability, keepAlive } from './session-keep-alive.js'

export interface DeviceSessionOptions {
  device: string
  prepared: PreparedDevice
  /** From devices.json; they override the driver's own. */
  capabilities: Record<string, unknown>
  /** How the device is reset between modules. */
  reset: ResetPolicy
  /** Base URL of the Appium server, once it is up. */
  appium: () => Promise<string>
  /** The server does not belong to the host: idle sessions are kept alive by a cheap command. */
  usesForeignAppium: boolean
  gateway: Gateway
  /** The port of the proxy that a new session takes; undefined: none. */
  proxyPort?: () => Promise<number | undefined>
  /** Waits until the machine can start another device; absent: at once. */
  startLimiter?: StartLimiter | undefined
  /** Aborted when the host stops. */
  stop?: AbortSignal
  /** Milliseconds; default 120,000. */
  openTimeoutMs?: number
}

/** Limits how many devices start at a time. */
export type StartLimiter = <T>(work: () => Promise<T>) => Promise<T>

const maxFailedOpenings = 3
/** How long the server may take to notice that a device has left. Milliseconds. */
const lostDeletionMs = 15_000

interface Open {
  session: OpenedSession
  identity: string
  keepAlive: Repeating | undefined
}

/**
 * The one session of a device: opened before it is needed, kept warm between modules, opened again if a module needs
 * other capabilities or a reset fails. Its operations run one after the other.
 */
export class DeviceSession {
  #open: Open | undefined
  #queue: Promise<unknown> = Promise.resolve()
  #failures = 0
  /** Aborted when the device leaves: an opening is given up. */
  #deviceLeft = new AbortController()
  /** The deletion of a session whose device has left. */
  #deletion: Promise<void> = Promise.resolve()
  #quarantine: string | undefined
  #closed = false
  /** What the last module asked for beyond devices.json. */
  #requested: Record<string, unknown> = {}

  constructor(private readonly options: DeviceSessionOptions) {}

  get session(): HostSession | undefined {
    return this.#open?.session
  }

  /**
   * Makes a session with these capabilities ready: the open one if it has them, else a new one.
   * @param wanted - capabilities that a module needs; they override those of devices.json
   * @throws BatonError BATON_SESSION_FAILED; BATON_DEVICE_QUARANTINED after the third failure in a row
   */
  async ready(wanted: Record<string, unknown> = {}): Promise<HostSession> {
    return this.#enqueue(async () => {
      this.#requested = wanted
      return this.#ensureOpen()
    })
  }

  /**
   * Resets the device after a module, by its policy; opens a new session if that fails or takes too long.
   * @param wanted - as for `ready`; default: unchanged
   * @returns the session that is ready for the next module
   * @throws as `ready` does
   */
  async recycle(wanted = this.#requested, reset = this.options.reset): Promise<HostSession> {
    return this.#enqueue(async () => {
      this.#requested = wanted
      const { gateway, device } = this.options
      if (this.#open && (reset === 'session' || gateway.needsNewSession(device))) await this.#drop()
      if (this.#open && reset !== 'none' && reset !== 'session') {
        if (await this.#isReset(this.#open.session, reset)) gateway.usedCommands(device).clear()
        else await this.#drop()
      }
      return this.#ensureOpen()
    })
  }

  /** Resets the device during a module, even if its policy is `none`. @throws as `ready` does */
  async renew(wanted: Record<string, unknown>): Promise<HostSession> {
    return this.recycle(wanted, this.options.reset === 'none' ? 'session' : this.options.reset)
  }

  /** Force-closes the session, in which a command may still run and delay its deletion; opens a new one. */
  async reopen(wanted = this.#requested): Promise<HostSession> {
    return this.#enqueue(async () => {
      this.#requested = wanted
      if (this.#open) this.#forceClose(this.#open.session)
      await this.#drop()
      return this.#ensureOpen()
    })
  }

  /**
   * Checks the session, and closes it if it does not answer.
   * @throws BatonError BATON_DEVICE_LOST or BATON_SESSION_LOST
   */
  async check(): Promise<void> {
    await this.#enqueue(async () => {
      if (!this.#open) throw new BatonError('BATON_SESSION_LOST', `${this.options.device} has no open session`)
      await this.#dropUnless(async session => this.options.prepared.sessions.check(session))
    })
  }

  /**
   * Writes artifacts into the folder; leaves out what is not available in time.
   * @param timeoutMs - milliseconds that each command may take
   */
  async collect(directory: string, timeoutMs: number): Promise<Artifact[]> {
    return this.#enqueue(async () => {
      const session = this.#open && withDeadline(this.#open.session, timeoutMs)
      return (await this.options.prepared.artifacts?.collect(session, directory)) ?? []
    })
  }

  clearQuarantine(): void {
    this.#quarantine = undefined
    this.#failures = 0
  }

  /** @throws BatonError if the open session drives anything but this device; it is then closed */
  async verifyIdentity(): Promise<void> {
    await this.#enqueue(async () =>
      this.#dropUnless(async session => this.options.prepared.sessions.verifyIdentity(session)),
    )
  }

  /** Whether the app caused a fault of the open session; see `AppCapability.causedFault`. */
  async isAppFault(fault: string): Promise<boolean> {
    return this.#enqueue(async () => {
      if (!this.#open) return false
      return (await this.options.prepared.apps?.causedFault(fault, this.#open.session)) ?? false
    })
  }

  /** The device left: gives up an opening, and does not wait until the server notices that the session is dead. */
  deviceLost(): void {
    this.#deviceLeft.abort()
    this.#deviceLeft = new AbortController()
    const open = this.#open
    if (!open) return
    this.#forget()
    // A command that waits for the device would delay the session's deletion.
    this.#forceClose(open.session)
    this.#deletion = deleteSession(open.session.upstream, open.session.id, lostDeletionMs).catch(() => {})
  }

  /** The Appium server ended, and the session with it: it can no longer be deleted. */
  serverLost(): void {
    const open = this.#open
    this.#forget()
    if (open) this.#forceClose(open.session)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#enqueue(async () => this.#drop())
  }

  async #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work)
    this.#queue = result.catch(() => {})
    return result
  }

  async #isReset(session: HostSession, policy: Exclude<ResetPolicy, 'none' | 'session'>): Promise<boolean> {
    const { prepared, stop } = this.options
    const { resetTimeoutMs } = prepared.sessions
    const givenUp = [this.#deviceLeft.signal, AbortSignal.timeout(resetTimeoutMs), ...(stop ? [stop] : [])]
    const signal = AbortSignal.any(givenUp)
    try {
      await unlessAborted(prepared.sessions.reset(session, policy, signal), signal)
      return true
    } catch {
      return false
    }
  }

  async #ensureOpen(): Promise<HostSession> {
    const { device, prepared, capabilities: declared, usesForeignAppium: foreign, gateway } = this.options
    if (this.#closed) throw new BatonError('BATON_SESSION_FAILED', `the session of ${device} was closed`, { device })
    if (this.#quarantine !== undefined) throw this.#quarantined(this.#quarantine)
    const capabilities = {
      ...idleCapability(foreign),
      ...prepared.sessions.capabilities({ ...declared, ...this.#requested }, await this.options.proxyPort?.()),
    }
    const identity = sessionIdentity(capabilities)
    // The server ends a session with its last window, and reports that only in response to the next command.
    const isUsable = this.#open?.identity === identity && !gateway.needsNewSession(device)
    if (this.#open && isUsable) return this.#open.session
    await this.#drop()
    const left = this.#deviceLeft.signal
    try {
      const open = await this.#openWith(capabilities, identity, left)
      this.#failures = 0
      return open
    } catch (error) {
      if (left.aborted || isOfDevice(error)) throw error
      this.#failures += 1
      if (this.#failures < maxFailedOpenings) throw error
      this.#quarantine = errorMessage(error)
      throw this.#quarantined(this.#quarantine, error)
    }
  }

  async #openWith(capabilities: Record<string, unknown>, identity: string, left: AbortSignal): Promise<HostSession> {
    const { device, prepared, gateway, usesForeignAppium, openTimeoutMs: timeoutMs = 120_000 } = this.options
    const limitStart = this.options.startLimiter ?? (work => work())
    // A late deletion would end on the phone what the new session has just started there.
    await unlessAborted(this.#deletion, AbortSignal.any([left, AbortSignal.timeout(lostDeletionMs)])).catch(() => {})
    const appium = await this.options.appium()
    const session = await limitStart(async () => {
      const complete = await prepared.sessions.completeCapabilities(capabilities)
      const { names: usedCommands } = gateway.usedCommands(device)
      const dialogTypes = gateway.dialogTypes(device)
      const fixed = { device, upstream: parseUpstream(appium), timeoutMs, usedCommands, dialogTypes }
      // What a foreign server starts on another machine is out of reach.
      const endpoint = usesForeignAppium ? undefined : async () => prepared.sessions.endpoint?.(complete)
      const open = async (givenUp?: AbortSignal) => {
        const stop = AbortSignal.any([this.options.stop, left, givenUp].filter(signal => signal !== undefined))
        return openSession({ ...fixed, capabilities: complete, endpoint, signal: stop })
      }
      return prepared.health ? prepared.health.watchOpening(open) : open()
    })
    this.#open = { session, identity, keepAlive: keepAlive(session, capabilities) }
    gateway.usedCommands(device).clear()
    gateway.sessionOpened(device, { ...session, appium, requested: capabilities })
    await this.#dropUnless(async () => prepared.sessions.verifyIdentity(session))
    return session
  }

  #forget(): void {
    this.#open?.keepAlive?.stop()
    this.#open = undefined
    this.options.gateway.sessionClosed(this.options.device)
  }

  async #drop(): Promise<void> {
    const open = this.#open
    if (!open) return
    this.#forget()
    await deleteSession(open.session.upstream, open.session.id).catch(() => this.#forceClose(open.session))
  }

  /** Closes the open session if it fails a check. */
  async #dropUnless(verify: (session: HostSession) => Promise<void>): Promise<void> {
    if (!this.#open) return
    try {
      await verify(this.#open.session)
    } catch (error) {
      await this.#drop()
      throw error
    }
  }

  #forceClose(session: HostSession): void {
    // Process ids of a foreign server mean nothing on this machine.
    if (!this.options.usesForeignAppium) this.options.prepared.sessions.forceClose(session)
  }

  #quarantined(reason: string, cause?: unknown): BatonError {
    const { device } = this.options
    return new BatonError(
      'BATON_DEVICE_QUARANTINED',
      `${device} is no longer offered: its session could not be opened ${maxFailedOpenings} times in a row; ` +
        `the last time: ${reason}`,
      { device, cause },
    )
  }
}

/** The device itself is the reason, so a failed opening proves nothing about its sessions. */
function isOfDevice(error: unknown): boolean {
  return error instanceof BatonError && (error.code === 'BATON_DEVICE_LOST' || error.code === 'BATON_DEVICE_UNFIT')
}
