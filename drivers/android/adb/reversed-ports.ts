import type { AdbPhone } from './adb-phone.js'

const loopbackHosts = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** Ports of the URLs that only this machine can reach; a phone can't without `adb reverse`. */
export function loopbackPorts(urls: readonly string[]): number[] {
  const local = urls.map(url => new URL(url)).filter(({ hostname }) => loopbackHosts.has(hostname))
  return [...new Set(local.map(({ port, protocol }) => Number(port) || (protocol === 'https:' ? 443 : 80)))]
}

/** Makes `http://127.0.0.1:PORT` on the phone lead to the same port of this machine, by `adb reverse`. */
export class ReversedPorts {
  /** By port: whether it is known to be reversed. A request that got no answer may have succeeded all the same. */
  readonly #ports = new Map<number, boolean>()

  constructor(private readonly phone: AdbPhone) {}

  /** Makes these servers reachable, and those of the previous module unreachable. */
  async reverse(servers: readonly string[]): Promise<void> {
    const wanted = loopbackPorts(servers)
    const old = [...this.#ports.keys()].filter(port => !wanted.includes(port))
    const added = wanted.filter(port => this.#ports.get(port) !== true)
    await Promise.all([...old.map(port => this.#remove(port)), ...added.map(port => this.#add(port))])
  }

  /** The phone has left adb, and its reversed ports with it. */
  clear(): void {
    this.#ports.clear()
  }

  async removeAll(): Promise<void> {
    await Promise.all([...this.#ports.keys()].map(port => this.#remove(port)))
  }

  async #add(port: number): Promise<void> {
    this.#ports.set(port, false)
    await this.phone.reverse(`tcp:${port}`, `tcp:${port}`)
    this.#ports.set(port, true)
  }

  async #remove(port: number): Promise<void> {
    this.#ports.delete(port)
    await this.phone.removeReverse(`tcp:${port}`).catch(() => {})
  }
}
