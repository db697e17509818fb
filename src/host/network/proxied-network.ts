import type { DeviceEntry } from '../../device/device-entry.js'
import type { Driver, NetworkPath } from '../../device/driver/driver.js'
import type { WebSocket } from 'ws'
import { BatonError } from '../../error/baton-error.js'
import type { NetworkCommand, NetworkReply } from '../../script/network/network-command.js'
import { DeviceNetwork } from './device-network.js'
import { DeviceProxy } from './device-proxy.js'
import { MessageControl } from './message-control.js'

interface ProxyContext {
  expectsServers?: boolean
  hostPorts?: () => Promise<readonly number[]>
  driver?: Pick<Driver, 'portCapabilities'>
}

const hosts = new Set(['127.0.0.1', 'localhost', '[::1]'])

/**
 * Decides whether the device's traffic passes a proxy, and lets scripts control it. The decision changes with the module,
 * the port of the proxy does not: sessions stay warm.
 */
export class ProxiedNetwork {
  readonly #network = new DeviceNetwork()
  readonly #proxy: DeviceProxy
  #hasServers: boolean

  /**
   * @param path - absent: the device's driver has none
   * @param context - `expectsServers`: until a module uses the device, whether one with servers is expected; `hostPorts`:
   *   what pages must not reach
   */
  constructor(
    private readonly entry: Pick<DeviceEntry, 'name' | 'driver' | 'proxy' | 'capabilities'>,
    private readonly path: NetworkPath = { unavailable: `driver '${entry.driver}' has no way to a proxy` },
    private readonly context: ProxyContext = {},
  ) {
    this.#proxy = new DeviceProxy(entry.name, this.#network)
    this.#hasServers = context.expectsServers ?? false
  }

  /** The port that a session of the device takes as its proxy; undefined: none. */
  readonly sessionProxy = async (): Promise<number | undefined> => {
    if (!this.#isUsed('proxy')) return undefined
    this.#proxy.closedPorts = await this.#closedPorts()
    return this.#proxy.proxyPort()
  }

  /**
   * A module gets the device: nothing of an earlier one is left.
   * @param servers - URLs of the run's servers
   * @returns for a device that can't have a proxy for everything: port of a server → port of this machine that leads to it
   */
  async serve(servers: readonly string[]): Promise<ReadonlyMap<number, number>> {
    this.#network.restore()
    this.#hasServers = servers.length > 0
    const ports = new Map<number, number>()
    if (!this.#isUsed('ports')) return ports
    for (const url of servers.map(server => new URL(server))) {
      if (!hosts.has(url.hostname)) continue
      const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
      ports.set(port, await this.#proxy.portFor({ hostname: '127.0.0.1', port }))
    }
    return ports
  }

  /** The module has ended: puts everything back. */
  release(): void {
    this.#network.restore()
  }

  /** @throws BatonError BATON_NETWORK_UNAVAILABLE if the device's traffic passes no proxy */
  async perform(command: NetworkCommand): Promise<NetworkReply> {
    const network = this.#network
    const reason = this.#reason()
    if (reason) throw reason
    switch (command.do) {
      case 'offline':
      case 'online':
        network.setOffline(command.do === 'offline')
        break
      case 'delay':
        network.setDelay(command.ms)
        break
      case 'throttle':
        network.setThrottle(command.kbps)
        break
      case 'add-rule':
        return { position: network.addRule(command) }
      case 'end-rule':
        return { held: network.endRule(command.id) }
      case 'await-message': {
        const since = Date.now() - command.sinceMs
        const message = await network.log.waitFor({ ...command, since }, command.timeoutMs)
        return message ? { message } : {}
      }
      case 'await-held': {
        const message = await network.log.waitFor({ heldBy: command.id }, command.timeoutMs)
        return message ? { message } : {}
      }
      case 'messages':
        return { messages: network.log.messages(command.match, Date.now() - command.sinceMs) }
      case 'restore':
        network.restore()
        break
    }
    return {}
  }

  /** Lets the worker at the other end decide when messages pass. @returns undefined if the device has no proxy */
  control(socket: WebSocket): MessageControl | undefined {
    if (this.#reason()) return undefined
    const control = new MessageControl(socket, this.#network)
    this.#network.addGate(control)
    return control
  }

  async close(): Promise<void> {
    this.#network.restore()
    await this.#proxy.close()
  }

  async #closedPorts(): Promise<number[]> {
    const { hostPorts, driver } = this.context
    const own = (driver?.portCapabilities ?? []).map(name => Number(this.entry.capabilities[name]))
    return [...((await hostPorts?.()) ?? []), ...own.filter(Number.isInteger)]
  }

  #isUsed(via: 'proxy' | 'ports'): boolean {
    return 'via' in this.path && this.path.via === via && (this.entry.proxy ?? this.#hasServers)
  }

  #reason(): BatonError | undefined {
    const { path, entry } = this
    const { name: device, proxy: setting } = entry
    const unavailable = (why: string, hint?: string): BatonError =>
      new BatonError('BATON_NETWORK_UNAVAILABLE', `the network of ${device} can't be controlled: ${why}`, {
        device,
        ...(hint !== undefined && { hint }),
      })
    if ('unavailable' in path) return unavailable(path.unavailable)
    if (setting === false) return unavailable('"proxy" is false in devices.json', 'remove it from the device')
    if (this.#hasServers) return undefined
    const declare = 'declare the server that the test uses under "servers" in devices.json'
    if (path.via === 'ports')
      return unavailable('the run has no servers, and only they are reached by a proxy', declare)
    if (setting) return undefined
    return unavailable('the run has no servers', `${declare}, or set "proxy": true for the device`)
  }
}
