import { WebSocket, type RawData } from 'ws'
import { withTimeout } from '../../process/deadline.js'
import { leaseLostCode, sendableCloseCode } from './gateway-close-code.js'
import { BidiCleanup, endsOwnedSession, type BidiCommand, type BidiMessage } from './gateway-bidi-cleanup.js'
import { bidiCommandName, requestEvent, showsCredentials, urlWithCredentials } from './gateway-command-names.js'
import { BidiWindowWatch, type WindowTracker } from './gateway-window-tracker.js'
import { sessionOwned } from './gateway-error.js'

/** Deadline of the clean-up, in milliseconds: a service worker with an intercept never answers. */
const cleanupTimeoutMs = 2000
/** Milliseconds from the close frame until the socket is terminated. */
const closeTimeoutMs = 1000
/** With more unsent bytes than this, the sending side is paused until the slow side has read. */
const highWaterBytes = 16 * 1024 * 1024
/** Ids of the gateway's own commands: above any id that a client counts to. */
const firstOwnId = 2 ** 40

export interface BidiObserver {
  /** Whether the lease may still use the device; asked before each message is forwarded. */
  isCurrent: () => boolean
  /** The client sent a command that the clean-up does not undo. */
  used: (command: string) => void
  /** A page opened a dialog. @param window - its handle @param type - as in BiDi: `alert`, `confirm`, … */
  dialogOpened: (window: string, type: string) => void
  fault: (message: string) => void
  /** The script closed a window; if it was the last one, the session ends. */
  windowClosed: () => void
  /** Called once, when the connection to the session is closed and its session is clean. */
  ended: () => void
}

/**
 * Connects two WebSockets: a client's and the session's. The session's side is always closed with code 1000, after what
 * the client left in the session (intercepts, preload scripts, subscriptions) has been removed.
 */
export class BidiRelay {
  readonly #cleanup = new BidiCleanup()
  readonly #windowWatch: BidiWindowWatch
  readonly #pending = new Map<number, (isDone: boolean) => void>()
  #nextId = firstOwnId
  #ending: Promise<void> | undefined

  constructor(
    private readonly client: WebSocket,
    private readonly session: WebSocket,
    windows: WindowTracker,
    private readonly observer: BidiObserver,
  ) {
    this.#windowWatch = new BidiWindowWatch(windows)
    client.on('message', (data, binary) => this.#fromClient(data, binary))
    session.on('message', (data, binary) => this.#fromSession(data, binary))
    client.on('error', () => {})
    session.on('error', () => {})
    client.once('close', () => void this.end())
    session.once('close', code => {
      for (const answered of this.#pending.values()) answered(false)
      if (!this.#ending) observer.fault(`the session's BiDi connection was closed with code ${code}`)
      void this.end(sendableCloseCode(code))
    })
  }

  /**
   * Closes both sides.
   * @param code - close code for the client
   */
  async end(code = 1000, reason = ''): Promise<void> {
    this.#ending ??= this.#end(code, reason)
    return this.#ending
  }

  async #end(code: number, reason: string): Promise<void> {
    const clientClosed = closeSocket(this.client, code, reason)
    await this.#cleanUp()
    await closeSocket(this.session, 1000)
    this.observer.ended()
    await clientClosed
  }

  async #cleanUp(): Promise<void> {
    const overrides = this.#cleanup.overrideCommands()
    const failed = new Set(overrides)
    const removals = [...this.#cleanup.takeBlockedRequests(), ...this.#cleanup.removalCommands()]
    const all = [
      ...removals.map(async command => this.#send(command)),
      ...overrides.map(async command => (await this.#send(command)) && failed.delete(command)),
    ]
    await withTimeout(Promise.all(all), cleanupTimeoutMs, () => {})
    for (const { method } of failed) this.observer.used(`BiDi ${method} that could not be undone`)
  }

  /** @returns false if the session responded with an error, or is closed */
  async #send(command: BidiCommand): Promise<boolean> {
    if (this.session.readyState !== WebSocket.OPEN) return false
    const id = this.#nextId++
    const answered = new Promise<boolean>(resolve => this.#pending.set(id, resolve))
    this.session.send(JSON.stringify({ id, ...command }))
    return answered
  }

  #fromClient(data: RawData, binary: boolean): void {
    if (this.#ending) return
    if (!this.observer.isCurrent()) return void this.end(leaseLostCode, 'BATON_LEASE_LOST')
    const message = parse(data)
    if (message && endsOwnedSession(message)) {
      const { error, message: text } = sessionOwned
      this.client.send(JSON.stringify({ type: 'error', id: message.id ?? null, error, message: text }))
      return
    }
    if (message) {
      if (!this.#cleanup.trackCommand(message)) this.observer.used(bidiCommandName(message))
      this.#windowWatch.trackCommand(message)
    }
    forward(data, binary, this.client, this.session)
  }

  #fromSession(data: RawData, binary: boolean): void {
    // Parsing each event of a busy page takes time: only those that may matter are parsed.
    const mayMatter =
      this.#cleanup.hasPendingCommands ||
      this.#pending.size > 0 ||
      includes(data, '"isBlocked"') ||
      includes(data, '"browsingContext.contextDestroyed"') ||
      includes(data, '"browsingContext.userPromptOpened"') ||
      (includes(data, '@') && includes(data, `"${requestEvent}"`))
    const message = mayMatter ? parse(data) : undefined
    const answer = message?.id === undefined ? undefined : this.#pending.get(message.id)
    if (message?.id !== undefined && answer) {
      this.#pending.delete(message.id)
      answer(message.result !== undefined)
      return
    }
    if (message) this.#cleanup.trackSessionMessage(message)
    if (message && showsCredentials(message)) this.observer.used(urlWithCredentials)
    if (message?.method === 'browsingContext.userPromptOpened') this.#trackDialog(message)
    if (message && this.#windowWatch.trackSessionMessage(message)) this.observer.windowClosed()
    if (this.#ending) for (const command of this.#cleanup.takeBlockedRequests()) void this.#send(command)
    else forward(data, binary, this.session, this.client)
  }

  #trackDialog({ params }: BidiMessage): void {
    const { context, type } = params ?? {}
    if (typeof context === 'string' && typeof type === 'string') this.observer.dialogOpened(context, type)
  }
}

function forward(data: RawData, binary: boolean, from: WebSocket, to: WebSocket): void {
  if (to.readyState !== WebSocket.OPEN) return
  to.send(data, { binary }, () => {
    if (from.isPaused && to.bufferedAmount < highWaterBytes) from.resume()
  })
  if (to.bufferedAmount > highWaterBytes) from.pause()
}

async function closeSocket(socket: WebSocket, code: number, reason = ''): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
  // A paused socket would never read the other side's close frame.
  socket.resume()
  socket.close(code, reason)
  await withTimeout(closed, closeTimeoutMs, () => {})
  socket.terminate()
}

function parse(data: RawData): BidiMessage | undefined {
  try {
    const message = JSON.parse(textOf(data)) as BidiMessage | null
    return typeof message === 'object' && message !== null ? message : undefined
  } catch {
    // It is forwarded as it is, and the session responds to it.
    return undefined
  }
}

/** By default, `ws` passes each message as one Buffer. */
function textOf(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString() : ''
}

function includes(data: RawData, text: string): boolean {
  return Buffer.isBuffer(data) && data.includes(text)
}
