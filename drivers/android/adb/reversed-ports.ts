import type { AdbPhone } from './adb-phone.js'

const loopbackHosts = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** Ports of the URLs that only this machine can reach; a phone can't without `adb reverse`. */
export function loopbackPorts(urls: readonly string[]): number[] {
  const local = urls.map(url => new URL(url)).filter(({ hostname }) => loopbackHosts.has(hostname))
  return [...new Set(local.map(({ port, protocol }) => Number(port) || (protocol === 'https:' ? 443 : 80)))]
}

/** Makes `http://127.0.0.1:PORT` on the phone lead to the same port of this machine or another, by `adb reverse`. */
export class ReversedPorts {
  /** By port of the phone: where it is known to lead. A request that got no answer may have succeeded all the same. */
  readonly #ports = new Map<number, number | undefined>()

  constructor(private readonly phone: AdbPhone) {}

  /**
   * Makes these servers reachable, and those of the previous module unreachable.
   * @param local - port of a server → the port of this machine that stands for it; absent: the same
   */
  async reverse(servers: readonly string[], local?: ReadonlyMap<number, number>): Promise<void> {
    const wanted = new Map(loopbackPorts(servers).map(port => [port, local?.get(port) ?? port]))
    const old = [...this.#ports.keys()].filter(port => !wanted.has(port))
    const added = [...wanted].filter(([port, leadsTo]) => this.#ports.get(port) !== leadsTo)
    await Promise.all([
      ...old.map(port => this.#remove(port)),
      ...added.map(([port, leadsTo]) => this.#add(port, leadsTo)),
    ])
  }

  /** The phone has left adb, and its reversed ports with it. */
  clear(): void {
    this.#ports.clear()
  }

  async removeAll(): Promise<void> {
    await Promise.all([...this.#ports.keys()].map(port => this.#remove(port)))
  }

  async #add(port: number, leadsTo: number): Promise<void> {
    this.#ports.set(port, undefined)
    await this.phone.reverse(`tcp:${port}`, `tcp:${leadsTo}`)
    this.#ports.set(port, leadsTo)
  }

  async #remove(port: number): Promise<void> {
    this.#ports.delete(port)
    await this.phone.removeReverse(`tcp:${port}`).catch(() => {})
  }
}
