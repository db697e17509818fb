import type { AdbPhone } from './adb-phone.js'

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** Ports of this machine that a server listens on for no other machine to reach; a phone is one. */
export function loopbackPorts(servers: readonly string[]): number[] {
  const urls = servers.map(server => new URL(server)).filter(({ hostname }) => loopback.has(hostname))
  return [...new Set(urls.map(({ port, protocol }) => Number(port) || (protocol === 'https:' ? 443 : 80)))]
}

/** Makes `http://127.0.0.1:PORT` mean on the phone what it means on this machine, by `adb reverse`. */
export class ReversedPorts {
  /** Whether each is sure to be there: one that got no answer may have been made all the same. */
  readonly #ports = new Map<number, boolean>()

  constructor(private readonly phone: AdbPhone) {}

  /** From here on these servers are reached, and those of the module before no more. */
  async reverse(servers: readonly string[]): Promise<void> {
    const wanted = loopbackPorts(servers)
    const old = [...this.#ports.keys()].filter(port => !wanted.includes(port))
    const added = wanted.filter(port => this.#ports.get(port) !== true)
    await Promise.all([...old.map(port => this.#remove(port)), ...added.map(port => this.#add(port))])
  }

  /** The phone has left adb, and its tunnels with it. */
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
