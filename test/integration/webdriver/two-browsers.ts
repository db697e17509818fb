import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { remote } from 'webdriverio'
import { chromiumDriver } from '../../../drivers/chromium/chromium-driver.js'
import type { Driver } from '../../../src/device/driver/driver.js'
import { attachRole, detachRole } from '../../../src/script/attach-role.js'
import type { AttachedRole } from '../../../src/script/module-context.js'
import { spawnOwned, type OwnedProcess } from '../../../src/process/spawn-owned.js'
import { deviceEntry, FarmBench, type BenchDevice } from '../host/device-bench.js'

export type Browser = WebdriverIO.Browser

export const lease = '1790000000000001'

/** WebdriverIO's own session with ChromeDriver: the judge. */
export class PlainBrowser {
  private constructor(
    readonly browser: Browser,
    private readonly driver: OwnedProcess,
  ) {}

  /** @param requested - capabilities; those of Appium are left out */
  static async start(requested: object): Promise<PlainBrowser> {
    let started = (_port: number): void => {}
    const listening = new Promise<number>(resolve => (started = resolve))
    const onLine = (line: string): void => {
      const port = /started successfully on port (\d+)/.exec(line)?.[1]
      if (port !== undefined) started(Number(port))
    }
    const driver = await spawnOwned('chromedriver', ['--port=0'], { env: process.env, onLine })
    const port = await listening
    const capabilities = Object.fromEntries(Object.entries(requested).filter(([name]) => !name.startsWith('appium:')))
    const options = { hostname: '127.0.0.1', port, logLevel: 'error', connectionRetryCount: 0 } as const
    const browser = await remote({ ...options, capabilities })
    return new PlainBrowser(browser, driver)
  }

  async stop(): Promise<void> {
    await this.browser.deleteSession().catch(() => {})
    await this.driver.stop(0)
  }
}

/** A session as a module gets it: through gateway and Appium. */
export class OwnBrowser {
  private constructor(
    readonly bench: FarmBench,
    readonly device: BenchDevice,
    readonly role: AttachedRole,
  ) {}

  /** @param env - of Appium and the driver, in addition to this process's own */
  static async start(
    driver: Driver = chromiumDriver,
    own: Record<string, unknown> = {},
    env: Record<string, string> = {},
  ): Promise<OwnBrowser> {
    const devices = new Map<string, BenchDevice>()
    const renewSession = async (device: string, wanted: Record<string, unknown>): Promise<void> =>
      void (await devices.get(device)?.sessions.renew(wanted))
    const bench = await FarmBench.start([driver], { gateway: { renewSession }, env })
    const device = await bench.add(deviceEntry('phone', driver, own), driver)
    devices.set('phone', device)
    await device.sessions.ready()
    bench.gateway.grant('phone', lease)
    return new OwnBrowser(bench, device, await attach(bench))
  }

  get browser(): Browser {
    return this.role.browser
  }

  get requested(): Record<string, unknown> {
    return this.role.session.session.requested ?? {}
  }

  async stop(): Promise<void> {
    detachRole(this.role)
    await this.bench.stop()
  }
}

/** Attaches as a worker does. */
export async function attach({ gateway }: FarmBench): Promise<AttachedRole> {
  const session = gateway.workerSession('phone')
  if (!session) throw new Error('the session is not open')
  const role = {
    role: 'phone',
    device: { name: 'phone', labels: [], platform: 'test' },
    session,
    gateway: gateway.address,
    headers: gateway.headersFor(lease, 'phone'),
    webdriver: {},
  }
  return attachRole(role, false)
}

/** Serves pages by their path. */
export class Pages {
  private constructor(private readonly server: Server) {}

  static async start(pages: Readonly<Record<string, string>>): Promise<Pages> {
    const server = createServer((request, response) => {
      const page = pages[request.url ?? '/'] ?? '<title>other</title><h1>other</h1>'
      response.setHeader('content-type', 'text/html').end(`<!doctype html>${page}`)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Pages(server)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.server.close()
    this.server.closeAllConnections()
  }
}
