import { WebSocket } from 'ws'
import { z } from 'zod'
import { noCounts, type MessageCounts } from '../network/message-control-protocol.js'
import { addCounts, countKeys } from './message-counts.js'
import { awaitInput, fireTimer, holdTimers, pageTimers, pingPage, releaseTimers } from './page-scripts.js'
import { PageTraffic } from './page-traffic.js'
import { realClearTimeout, realFetch, realSetTimeout } from '../real-time.js'

const connectTimeoutMs = 5_000
const pingTimeoutMs = 150
const commandTimeoutMs = 5_000

const versionSchema = z.object({ webSocketDebuggerUrl: z.string() })
const messageSchema = z.object({
  id: z.number().optional(),
  sessionId: z.string().optional(),
  method: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ message: z.string() }).optional(),
})
const attachedSchema = z.object({
  sessionId: z.string(),
  targetInfo: z.object({ type: z.string(), title: z.string(), url: z.string() }),
})
const keptTimers = z.array(z.tuple([z.number(), z.number(), z.number()]))
const pingSchema = z.object({ result: z.object({ value: keptTimers }) })
const scriptSchema = z.object({ identifier: z.string() })

/** A timer that a page has started, and that waits to be run. */
export interface PageTimer {
  /** DevTools session of its page. */
  page: string
  /** Distinguishes it from others of its page, and from its own earlier runs. */
  round: number
  /** Milliseconds, as the page wants them. */
  ms: number
  /** Milliseconds that were left when it was first seen. */
  leftMs: number
}

interface PendingCommand {
  resolve: (result: Record<string, unknown>) => void
  reject: (error: Error) => void
}

/**
 * A DevTools connection to a browser, next to that of its session: counts what its pages send and receive, and knows when they
 * are done with it.
 */
export class PageMonitor {
  /** Grows with each message of a page. */
  changes = 0
  /** Those that the pages keep, as of the last ping. */
  timers: readonly PageTimer[] = []
  /** Undefined: timers run as they come. */
  #holdScripts: Map<string, string> | undefined
  #nextId = 0
  readonly #pending = new Map<number, PendingCommand>()
  /** DevTools session of each page. */
  readonly #pages = new Map<string, PageTraffic>()
  /** What pages that are closed have counted, and what was levelled. */
  readonly #base: MessageCounts = noCounts()

  private constructor(
    private readonly socket: WebSocket,
    private readonly onChange: () => void,
  ) {
    socket.on('message', (data: Buffer) => this.#receive(data.toString()))
    socket.once('close', () => this.#fail())
    socket.on('error', () => {})
  }

  /**
   * @param address - `host:port` of the browser's DevTools
   * @param handle - of a window of the session: the address means another browser if it is not one of its pages
   * @returns undefined if this process can't reach that browser
   */
  static async connect(address: string, handle: string, onChange: () => void): Promise<PageMonitor | undefined> {
    try {
      const pages = z.array(z.object({ id: z.string() })).parse(await getJson(`http://${address}/json/list`))
      if (!pages.some(({ id }) => id === handle)) return undefined
      const { webSocketDebuggerUrl } = versionSchema.parse(await getJson(`http://${address}/json/version`))
      const options = { perMessageDeflate: false, handshakeTimeout: connectTimeoutMs }
      const socket = new WebSocket(webSocketDebuggerUrl, options)
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
      const monitor = new PageMonitor(socket, onChange)
      const filter = [{ type: 'page' }, { exclude: true }]
      await monitor.#send('Target.setAutoAttach', {
        autoAttach: true,
        waitForDebuggerOnStart: false,
        flatten: true,
        filter,
      })
      return monitor
    } catch {
      return undefined
    }
  }

  get counts(): MessageCounts {
    const counts = { ...this.#base }
    for (const { counts: page } of this.#pages.values()) addCounts(counts, page)
    return counts
  }

  /** From now on, the pages agree with these counts. */
  level(counts: MessageCounts): void {
    const own = this.counts
    for (const key of countKeys) this.#base[key] += counts[key] - own[key]
  }

  /** Resolves when what a command has typed or tapped has reached the pages. */
  async awaitInput(): Promise<void> {
    await Promise.all([...this.#pages.keys()].map(async page => this.#evaluate(page, awaitInput)))
  }

  /** Resolves when the pages have done what they had to do. @returns false if one does not answer */
  async ping(): Promise<boolean> {
    const pages = [...this.#pages.keys()]
    const options = { expression: pingPage, awaitPromise: true, returnByValue: true }
    const asked = pages.map(async page =>
      this.#send('Runtime.evaluate', options, { session: page, timeoutMs: pingTimeoutMs }).catch(() => {}),
    )
    const answers = (await Promise.all(asked)).map(answer => pingSchema.safeParse(answer))
    this.timers = answers.flatMap(({ data }, index) =>
      (data?.result.value ?? []).map(([round, ms, leftMs]) => ({ page: pages[index] ?? '', round, ms, leftMs })),
    )
    return answers.every(({ success }) => success)
  }

  /** From now on, the timers of all pages wait until they are run. */
  async holdTimers(): Promise<void> {
    const scripts = (this.#holdScripts = new Map<string, string>())
    await Promise.all([...this.#pages.keys()].map(async page => this.#holdTimersOf(page, scripts)))
  }

  async #holdTimersOf(page: string, scripts: Map<string, string>): Promise<void> {
    const added = this.#send('Page.addScriptToEvaluateOnNewDocument', { source: holdTimers }, { session: page })
    const [script] = await Promise.all([added.catch(() => {}), this.#evaluate(page, holdTimers)])
    const parsed = scriptSchema.safeParse(script)
    if (!parsed.success) return
    scripts.set(page, parsed.data.identifier)
    if (scripts !== this.#holdScripts) await this.#removeScript(page, parsed.data.identifier)
  }

  async #removeScript(session: string, identifier: string): Promise<void> {
    await this.#send('Page.removeScriptToEvaluateOnNewDocument', { identifier }, { session }).catch(() => {})
  }

  /** From now on, timers run as they come. */
  async releaseTimers(): Promise<void> {
    const scripts = this.#holdScripts
    this.#holdScripts = undefined
    this.timers = []
    const removed = [...(scripts ?? [])].map(async ([page, script]) => this.#removeScript(page, script))
    await Promise.all([...removed, ...[...this.#pages.keys()].map(async page => this.#evaluate(page, releaseTimers))])
  }

  async fireTimer({ page, round }: PageTimer): Promise<void> {
    this.timers = this.timers.filter(each => each.page !== page || each.round !== round)
    await this.#evaluate(page, fireTimer(round))
    this.changes += 1
    this.onChange()
  }

  async #evaluate(session: string, expression: string): Promise<void> {
    const options = { expression, awaitPromise: true }
    await this.#send('Runtime.evaluate', options, { session, timeoutMs: pingTimeoutMs }).catch(() => {})
  }

  /** Leaves all pages, and forgets what they have stored. */
  async reset(): Promise<void> {
    const pages = [...this.#pages]
    const [[session] = []] = pages
    if (session === undefined) return
    await Promise.all(pages.map(async ([page, { hasDialog }]) => this.#leave(page, hasDialog)))
    await Promise.all([
      this.#send('Storage.clearDataForOrigin', { origin: '*', storageTypes: 'all' }, { session }),
      this.#send('Network.clearBrowserCookies', {}, { session }),
      this.#send('Network.clearBrowserCache', {}, { session }),
      this.#send('Browser.resetPermissions'),
    ])
  }

  async #leave(session: string, hasDialog: boolean): Promise<void> {
    if (hasDialog) await this.#send('Page.handleJavaScriptDialog', { accept: false }, { session }).catch(() => {})
    await this.#send('Page.navigate', { url: 'about:blank' }, { session })
  }

  close(): void {
    this.socket.close()
  }

  async #send(
    method: string,
    params: object = {},
    { session, timeoutMs = commandTimeoutMs }: { session?: string; timeoutMs?: number } = {},
  ): Promise<Record<string, unknown>> {
    if (this.socket.readyState !== WebSocket.OPEN) throw new Error('the browser has closed its DevTools')
    this.#nextId += 1
    const id = this.#nextId
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise((resolve, reject) => {
        this.#pending.set(id, { resolve, reject })
        timer = realSetTimeout(() => reject(new Error(`no answer to ${method}`)), timeoutMs)
        this.socket.send(JSON.stringify({ id, method, params, ...(session !== undefined && { sessionId: session }) }))
      })
    } finally {
      realClearTimeout(timer)
      this.#pending.delete(id)
    }
  }

  #receive(text: string): void {
    const message = messageSchema.parse(JSON.parse(text))
    const { id, method = '', params = {}, sessionId = '' } = message
    if (id !== undefined) {
      const command = this.#pending.get(id)
      if (message.error) command?.reject(new Error(message.error.message))
      else command?.resolve(message.result ?? {})
      return
    }
    if (method === 'Target.attachedToTarget') return this.#attached(params)
    if (method === 'Target.detachedFromTarget') return this.#detached(String(params['sessionId']))
    if (!this.#pages.get(sessionId)?.see(method, params)) return
    this.changes += 1
    this.onChange()
  }

  #attached(params: Record<string, unknown>): void {
    const { sessionId: session, targetInfo } = attachedSchema.parse(params)
    // ChromeDriver's own page for BiDi.
    if (/mapper/i.test(targetInfo.title) || targetInfo.url.startsWith('chrome-untrusted:')) return
    this.#pages.set(session, new PageTraffic())
    const enable = async (): Promise<unknown> =>
      Promise.all([
        this.#send('Network.enable', {}, { session }),
        this.#send('Page.enable', {}, { session }),
        this.#send('Page.addScriptToEvaluateOnNewDocument', { source: pageTimers }, { session }),
        ...(this.#holdScripts ? [this.#holdTimersOf(session, this.#holdScripts)] : []),
      ])
    // It may be closed again.
    enable().catch(() => {})
  }

  #detached(session: string): void {
    const page = this.#pages.get(session)
    if (!page) return
    addCounts(this.#base, page.counts)
    this.#pages.delete(session)
    this.changes += 1
    this.onChange()
  }

  #fail(): void {
    for (const { reject } of this.#pending.values()) reject(new Error('the browser has closed its DevTools'))
    this.onChange()
  }
}

async function getJson(url: string): Promise<unknown> {
  const answer = await realFetch(url, { signal: AbortSignal.timeout(connectTimeoutMs) })
  return answer.json()
}
