import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { BatonError } from '../error/baton-error.js'
import type { Browser } from './module-context.js'

/** Kept: modules replace it. */
const fetchPage = fetch.bind(globalThis)
/** Of the host: modules change the folder of this process. */
const hostFolder = process.cwd()

interface PuppeteerBrowser {
  connected: boolean
  disconnect(): Promise<void>
}

type PuppeteerClient = Browser & { puppeteer?: PuppeteerBrowser }

/**
 * Makes `getPuppeteer`, and with it `throttleNetwork`, `throttleCPU` and others, use the `puppeteer-core` that is installed on
 * the host, in the project. WebdriverIO looks only beside its own files.
 * @param commands - WebdriverIO's own commands of a browser
 * @returns the commands that replace some of them
 */
export function puppeteerOfProject({ getPuppeteer: descriptor }: PropertyDescriptorMap): PropertyDescriptorMap {
  if (!descriptor) return {}
  const own = descriptor.value as () => Promise<PuppeteerBrowser>
  const value = async function (this: PuppeteerClient): Promise<PuppeteerBrowser> {
    if (this.puppeteer?.connected) return this.puppeteer
    const address = debuggerAddress(this)
    if (address === undefined) return own.call(this)
    const file = findPuppeteer()
    if (file === undefined) return own.call(this)
    await assertSameBrowser(this, address)
    const { default: puppeteer } = (await import(pathToFileURL(file).href)) as { default: PuppeteerModule }
    await announce(this)
    this.puppeteer = await puppeteer.connect({ browserURL: `http://${address}`, defaultViewport: null })
    return this.puppeteer
  }
  return { getPuppeteer: { ...descriptor, value } }
}

interface PuppeteerModule {
  connect(options: { browserURL: string; defaultViewport: null }): Promise<PuppeteerBrowser>
}

/** Closes the connection that a module has opened. */
export function disconnectPuppeteer({ puppeteer }: PuppeteerClient): void {
  if (puppeteer?.connected) puppeteer.disconnect().catch(() => undefined)
}

function debuggerAddress({ capabilities }: Browser): string | undefined {
  return capabilities['goog:chromeOptions']?.debuggerAddress
}

function findPuppeteer(): string | undefined {
  for (const place of [path.join(hostFolder, 'module.js'), import.meta.url]) {
    try {
      return createRequire(place).resolve('puppeteer-core')
    } catch {
      // Not installed there.
    }
  }
  return undefined
}

/**
 * The address has a meaning only on the browser's own machine; on another one, it may be that of another device's browser.
 * @throws BatonError BATON_SESSION_OWNED
 */
async function assertSameBrowser(client: Browser, address: string): Promise<void> {
  const [handle, pages] = await Promise.all([client.getWindowHandle(), pagesAt(address)])
  if (pages.some(({ id }) => id === handle)) return
  throw new BatonError('BATON_SESSION_OWNED', "Puppeteer can't reach the browser, which is on another machine.", {
    hint: 'use WebDriver or BiDi commands, or a device of the machine that runs the module (the device of its first role)',
  })
}

async function pagesAt(address: string): Promise<{ id?: string }[]> {
  try {
    const answer = await fetchPage(`http://${address}/json/list`)
    return (await answer.json()) as { id?: string }[]
  } catch {
    return []
  }
}

/** What Puppeteer does bypasses the gateway. A command that can't be undone makes the host open a new session afterwards. */
async function announce(client: Browser): Promise<void> {
  await client.sendCommandAndGetResult('Tracing.getCategories', {}).catch(() => undefined)
}
