import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A module that waits at a gate, in the middle of a test. */
export interface Arrival {
  /** Process id of the module's worker. */
  workerPid: number
}

/**
 * Returns a module that uses its devices one after another, waits at a gate, and uses them again.
 * @param roles - names of devices; none: any device
 */
export function gateModule(gate: string, ...roles: string[]): string {
  const drive = roles.length === 0 ? ['await browser.getPageSource()'] : roles.map(drivePage)
  return `
import { browser } from '@wdio/globals'
import { useDevice } from 'baton'

it('stands at a gate', async () => {
  ${drive.join('\n  ')}
  await fetch(\`\${process.env.GATE}/${gate}?pid=\${process.pid}\`)
  ${drive.join('\n  ')}
})
`
}

function drivePage(role: string): string {
  return `await (await useDevice('${role}')).getPageSource()`
}

/** A server with gates: a module that requests one waits in the middle of a test until the gate is opened. */
export class GateKeeper implements AsyncDisposable {
  readonly #server: Server
  readonly #arrivals = new Map<string, Arrival[]>()
  readonly #held = new Map<string, ServerResponse[]>()
  readonly #open = new Set<string>()
  #tell: (() => void)[] = []

  private constructor() {
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://gate')
      const name = url.pathname.slice(1)
      this.#arrivals.set(name, [...this.#known(name), { workerPid: Number(url.searchParams.get('pid')) }])
      if (this.#open.has(name)) response.end()
      else this.#held.set(name, [...(this.#held.get(name) ?? []), response])
      for (const tell of this.#tell.splice(0)) tell()
    })
  }

  static async start(): Promise<GateKeeper> {
    const keeper = new GateKeeper()
    // A worker that reuses its connection must not find it closed; it closes idle ones itself.
    keeper.#server.keepAliveTimeout = 0
    keeper.#server.listen(0, '127.0.0.1')
    await once(keeper.#server, 'listening')
    return keeper
  }

  /** Arguments of `baton run` that pass the address of the gates to modules. */
  get args(): [string, string] {
    return ['--env', `GATE=http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`]
  }

  /** How often modules reached a gate, including repeated attempts. */
  count(name: string): number {
    return this.#known(name).length
  }

  /** Waits for the n-th arrival at a gate, counted from 1. */
  async arrival(name: string, n = 1): Promise<Arrival> {
    for (;;) {
      const arrival = this.#known(name)[n - 1]
      if (arrival) return arrival
      await new Promise<void>(resolve => this.#tell.push(resolve))
    }
  }

  /** Opens a gate, for modules that wait there and for later ones. */
  open(name: string): void {
    this.#open.add(name)
    for (const response of this.#held.get(name)?.splice(0) ?? []) response.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  #known(name: string): Arrival[] {
    return this.#arrivals.get(name) ?? []
  }
}
