import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

/** What the engine reports about its page. */
export interface PageInfo {
  title: string
  url: string
}

export interface EngineOptions {
  /** Path of Chromium or Chrome. */
  program: string
  /** Folder of its profile, which does not exist yet. */
  directory: string
  /** `socks5://127.0.0.1:PORT`: proxy for everything, loopback addresses included. */
  proxy: string
  onPage: (page: PageInfo) => void
  /** Called when it ends, or if it fails to start. */
  onEnd: (why: string) => void
}

/** Prevents network calls, questions and hardware probing; one page needs one renderer. */
const switches = [
  '--headless',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-domain-reliability',
  '--disable-extensions',
  '--disable-sync',
  '--disable-quic',
  '--disable-breakpad',
  '--disable-crash-reporter',
  '--metrics-recording-only',
  '--no-first-run',
  '--no-default-browser-check',
  '--no-pings',
  '--password-store=basic',
  '--renderer-process-limit=1',
  '--js-flags=--max-old-space-size=128',
]

interface Waiting {
  resolve: (result: unknown) => void
  reject: (error: Error) => void
}

interface Message {
  id?: number
  method?: string
  params?: { targetInfo?: { targetId: string; type: string }; name?: string; payload?: string }
  result?: unknown
  error?: { message: string }
}

/** An isolated world, invisible to the page's own scripts. */
const world = 'phone'
const binding = 'tellPage'
/** Reports the page whenever its title changes. */
const teller = `{
  let told
  const tell = () => {
    if (document.title !== told) ${binding}(JSON.stringify({ title: (told = document.title), url: location.href }))
  }
  new MutationObserver(tell).observe(document, { childList: true, characterData: true, subtree: true })
  addEventListener('DOMContentLoaded', tell)
}`

/**
 * A real Chromium with one page, for a WebView of a simulated phone. The phone drives it by DevTools messages through a
 * pipe, and it ends with the pipe. Debuggers of the WebView connect to a port of this machine.
 */
export class WebEngine {
  /** Port of its DevTools. */
  readonly port: Promise<number>
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  readonly #page: Promise<string>
  #onMessage: (message: Message) => void = () => {}
  #lastId = 0
  #rest = ''

  constructor({ program, directory, proxy, onPage, onEnd }: EngineOptions) {
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    const own = [`--user-data-dir=${directory}`, `--proxy-server=${proxy}`, '--proxy-bypass-list=<-loopback>']
    const devtools = ['--remote-debugging-pipe', '--remote-debugging-port=0']
    this.#child = spawn(program, [...switches, ...sandbox, ...own, ...devtools, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    })
    const ended = new Promise<never>((_resolve, reject) => {
      const fail = (why: string): void => {
        const error = new Error(`${program} ${why}`)
        for (const { reject } of this.#waiting.values()) reject(error)
        this.#waiting.clear()
        reject(error)
        onEnd(error.message)
      }
      this.#child.once('error', error => fail(`could not be started: ${error.message}`))
      this.#child.once('exit', code => fail(`ended with ${code}`))
    })
    this.port = Promise.race([this.#announcedPort(), ended])
    const found = new Promise<string>(resolve => {
      this.#onMessage = ({ params = {} }) => {
        const { targetInfo, name, payload = '' } = params
        if (targetInfo?.type === 'page') resolve(targetInfo.targetId)
        if (name === binding) onPage(JSON.parse(payload) as PageInfo)
      }
    })
    this.#read(this.#child.stdio[4] as Readable)
    const target = Promise.race([found, ended])
    this.#page = this.#attach(target)
    // Rejects those that are awaited; others, as during a start, need no report.
    for (const promise of [this.port, target, this.#page]) promise.catch(() => {})
  }

  /** Sends a DevTools command to the page. @throws with Chromium's message, or if it has ended */
  async send(method: string, params: object = {}): Promise<unknown> {
    return this.#send(method, params, await this.#page)
  }

  stop(): void {
    this.#child.kill('SIGKILL')
  }

  async #attach(found: Promise<string>): Promise<string> {
    await this.#send('Target.setDiscoverTargets', { discover: true })
    const { sessionId } = (await this.#send('Target.attachToTarget', { targetId: await found, flatten: true })) as {
      sessionId: string
    }
    await this.#send('Page.enable', {}, sessionId)
    await this.#send('Runtime.enable', {}, sessionId)
    await this.#send('Runtime.addBinding', { name: binding, executionContextName: world }, sessionId)
    await this.#send('Page.addScriptToEvaluateOnNewDocument', { source: teller, worldName: world }, sessionId)
    return sessionId
  }

  async #send(method: string, params: object, sessionId?: string): Promise<unknown> {
    const id = ++this.#lastId
    const input = this.#child.stdio[3] as Writable
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      input.write(`${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`)
    })
  }

  /** Messages end with a zero byte. */
  #read(output: Readable): void {
    for (const stream of this.#child.stdio) stream?.on('error', () => {})
    output.setEncoding('utf8')
    output.on('data', (text: string) => {
      const parts = (this.#rest + text).split('\0')
      this.#rest = parts.pop() ?? ''
      for (const part of parts) this.#receive(JSON.parse(part) as Message)
    })
  }

  #receive(message: Message): void {
    if (message.id === undefined) return this.#onMessage(message)
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.error) waiting?.reject(new Error(message.error.message))
    else waiting?.resolve(message.result)
  }

  async #announcedPort(): Promise<number> {
    const lines = createInterface({ input: this.#child.stderr as Readable })
    return new Promise(resolve =>
      lines.on('line', line => {
        const port = /^DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(line)?.[1]
        if (port !== undefined) resolve(Number(port))
      }),
    )
  }
}
