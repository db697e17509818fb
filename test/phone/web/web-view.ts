import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { findBrowser, type InstalledBrowser } from '../../../drivers/chromium/find-browser.js'
import { makeOwnedDirectory } from '../../../src/process/owned-directory.js'
import { webBounds } from '../hybrid/hybrid-screen.js'
import { density } from '../screen/view.js'
import type { AppSurroundings } from '../system/app.js'
import { serveDevtools } from './devtools-socket.js'
import { serveSocks } from './socks-proxy.js'
import { WebEngine, type PageInfo } from './web-engine.js'

/** Names of the phone itself, and an emulator's name for the computer. */
const reachable = new Set(['127.0.0.1', 'localhost', '10.0.2.2'])

/** Shared by all WebViews of this process. */
let found: Promise<InstalledBrowser> | undefined

export interface WebViewHandlers {
  page: (page: PageInfo) => void
  /** Called with the reason when it shows nothing any more. */
  failed: (problem: string) => void
}

/**
 * A WebView of an app: a page in a real Chromium on the phone's network. Like Android's, it is debugged through adb, by the
 * socket `webview_devtools_remote_PID`. It lives as long as its app runs.
 */
export class WebView {
  readonly #phone: AppSurroundings
  readonly #handlers: WebViewHandlers
  readonly #engine: Promise<WebEngine>
  readonly #ends: (() => void)[] = []
  #stopped = false

  constructor(phone: AppSurroundings, handlers: WebViewHandlers) {
    this.#phone = phone
    this.#handlers = handlers
    this.#engine = this.#start()
    this.#try(async () => this.#engine)
  }

  load(url: string): void {
    this.#try(async () => (await this.#engine).send('Page.navigate', { url }))
  }

  reload(): void {
    this.#try(async () => (await this.#engine).send('Page.reload'))
  }

  stop(): void {
    this.#stopped = true
    for (const end of this.#ends.splice(0).reverse()) end()
  }

  async #start(): Promise<WebEngine> {
    const { package: name, pid, serve, behavior } = this.#phone
    const directory = await makeOwnedDirectory(`webview-${process.pid}`)
    this.#atEnd(() => void directory.remove().catch(() => {}))
    const proxy = await serveSocks(async (host, port) => this.#connect(host, port))
    this.#atEnd(() => proxy.close())
    const { browser } = await (found ??= findBrowser({}, process.env))
    const engine = new WebEngine({
      program: browser,
      directory: join(directory.path, 'profile'),
      proxy: `socks5://127.0.0.1:${proxy.port}`,
      onPage: this.#handlers.page,
      onEnd: why => {
        this.#fail(why)
        this.stop()
      },
    })
    this.#atEnd(() => engine.stop())
    await this.#shape(engine)
    const devtools = serveDevtools(await engine.port, () => ({
      'Android-Package': name,
      ...(behavior.webViewVersion === '' ? {} : { Browser: `Chrome/${behavior.webViewVersion}` }),
    }))
    this.#atEnd(serve(`webview_devtools_remote_${pid}`, devtools.handle))
    this.#atEnd(() => devtools.close())
    return engine
  }

  /** A simulated phone has no Internet access, although Chromium asks for it. */
  async #connect(host: string, port: number): Promise<Duplex> {
    if (!reachable.has(host)) throw new Error(`${host} is not reached from here`)
    return this.#phone.connect(host, port)
  }

  /** Emulates a phone's page: narrow, with touch. */
  async #shape(engine: WebEngine): Promise<void> {
    const { release, model } = this.#phone.model
    const { product } = (await engine.send('Browser.getVersion')) as { product: string }
    const userAgent =
      `Mozilla/5.0 (Linux; Android ${release}; ${model}; wv) AppleWebKit/537.36 (KHTML, like Gecko) ` +
      `Version/4.0 ${product} Mobile Safari/537.36`
    const pixelRatio = density / 160
    await engine.send('Emulation.setUserAgentOverride', { userAgent })
    await engine.send('Emulation.setTouchEmulationEnabled', { enabled: true })
    await engine.send('Emulation.setDeviceMetricsOverride', {
      width: (webBounds.right - webBounds.left) / pixelRatio,
      height: (webBounds.bottom - webBounds.top) / pixelRatio,
      deviceScaleFactor: pixelRatio,
      mobile: true,
    })
  }

  /** Ends at once what is created after the end. */
  #atEnd(end: () => void): void {
    if (this.#stopped) end()
    else this.#ends.push(end)
  }

  #try(work: () => Promise<unknown>): void {
    work().catch((error: unknown) => this.#fail(error instanceof Error ? error.message : String(error)))
  }

  #fail(problem: string): void {
    if (this.#stopped) return
    this.#phone.log(problem)
    this.#handlers.failed(problem)
  }
}
