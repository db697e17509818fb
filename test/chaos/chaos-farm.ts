import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../src/process/free-port.js'
import { Project, type RunningCli } from '../e2e/baton-cli.js'
import { ChaosClock, compileClockShift } from './chaos-clock.js'
import { openNetwork, type ChaosNetwork } from './chaos-network.js'
import { ChaosRedis } from './chaos-redis.js'
import { TcpProxy, type Endpoint } from './tcp-proxy.js'

export interface ChaosHost {
  readonly name: string
  readonly index: number
  readonly clock: ChaosClock
  /** Between it and Redis. */
  readonly redisLink: TcpProxy
  /** Between it and the other hosts. */
  readonly gatewayLink: TcpProxy
  readonly log: string
  readonly devicePort: number
  devices: ChildProcess
  cli: RunningCli
  gatewayPort: number
  /** A fault is at work: no other one is added. */
  isBusy: boolean
}

export interface ChaosFarmOptions {
  hosts: number
  /** Milliseconds that a silent host keeps its leases. */
  leaseTtlMs: number
  network: 'auto' | ChaosNetwork['kind']
}

const devicesOfHost = 3

/** Hosts, their devices, their networks and a Redis, each a process of its own, on one machine. */
export class ChaosFarm implements AsyncDisposable {
  readonly redis: ChaosRedis
  readonly hosts: ChaosHost[] = []
  /** Between Redis and those that submit and follow runs. */
  userLink!: TcpProxy
  readonly leaseTtlMs: number
  readonly #started: { args: readonly string[]; cli: RunningCli }[] = []
  /** Undefined if clocks can't be set here. */
  readonly #clockShift: string | undefined

  private constructor(
    readonly project: Project,
    readonly network: ChaosNetwork,
    { leaseTtlMs }: ChaosFarmOptions,
  ) {
    process.once('exit', this.#onExit)
    this.leaseTtlMs = leaseTtlMs
    this.#clockShift = compileClockShift(project.directory)
    this.redis = new ChaosRedis(project.directory, this.#clock('redis'))
  }

  static async start(options: ChaosFarmOptions, files: Record<string, string>): Promise<ChaosFarm> {
    const network = openNetwork(options.hosts, options.network)
    const farm = new ChaosFarm(new Project(files), network, options)
    try {
      await farm.redis.start()
      farm.userLink = await TcpProxy.start(() => ({ port: farm.redis.port }))
      for (let index = 0; index < options.hosts; index++) farm.hosts.push(await farm.#addHost(index))
      await Promise.all(farm.hosts.map(async ({ cli }) => cli.line('baton host: ready')))
      return farm
    } catch (error) {
      await farm[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Starts a host, or a successor of its name. */
  startHost(host: Omit<ChaosHost, 'cli' | 'devices' | 'isBusy'>): RunningCli {
    const { name, index, clock, redisLink, gatewayLink, gatewayPort } = host
    const options = ['--name', name, '--devices', `${name}.json`, '--lease-ttl', String(this.leaseTtlMs)]
    const advertised = ['--gateway-port', String(gatewayPort), '--advertise', this.#addressOf(gatewayLink)]
    const args = ['host', '--redis', this.#urlOf(redisLink), ...options, ...advertised]
    return this.#start(args, this.network.commandPrefix(index), clock.environment)
  }

  /** Whether clocks can be set on this machine. */
  get hasClocks(): boolean {
    return this.#clockShift !== undefined
  }

  /** Starts `baton run` or `baton follow` on this farm. */
  user(...args: string[]): RunningCli {
    return this.#start([...args, '--redis', `redis://127.0.0.1:${this.userLink.listensOn}`])
  }

  startDevices({ index, log, devicePort }: Pick<ChaosHost, 'index' | 'log' | 'devicePort'>): ChildProcess {
    const script = fileURLToPath(new URL('device-server-main.js', import.meta.url))
    const command = [...this.network.commandPrefix(index), process.execPath, script, String(devicePort), log]
    return spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  }

  accessLogs(): string[] {
    return this.hosts.map(({ log }) => readFileSync(log, 'utf8'))
  }

  /** Names of temporary files that something has left. */
  leftFiles(): string[] {
    return readdirSync(this.project.temporary)
  }

  /** Process ids of what hosts and users have started and is still there. */
  leftProcesses(): string[] {
    const mark = `TMPDIR=${this.project.temporary}`
    return readdirSync('/proc').filter(pid => {
      if (!/^\d+$/.test(pid) || this.hosts.some(({ devices }) => String(devices.pid) === pid)) return false
      return readProc(pid, 'environ').split('\0').includes(mark)
    })
  }

  /** Children of a host whose command line has this text. */
  processesOf(host: ChaosHost, script: string): number[] {
    const parents = [host.cli.pid]
    return readdirSync('/proc')
      .filter(pid => /^\d+$/.test(pid))
      .filter(pid => parents.includes(Number(/^\d+ \(.*\) \S (\d+)/s.exec(readProc(pid, 'stat'))?.[1])))
      .filter(pid => readProc(pid, 'cmdline').includes(script))
      .map(Number)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#endProcesses()
    for (const host of this.hosts) {
      host.devices.kill('SIGKILL')
      host.redisLink.close()
      host.gatewayLink.close()
    }
    this.userLink.close()
    await this.redis.stop()
    this.network[Symbol.dispose]()
    process.off('exit', this.#onExit)
    this.project.remove()
  }

  /** What still runs, with the last lines that it has printed. */
  running(): string[] {
    const living = this.#started.filter(({ cli: { child } }) => child.exitCode === null && child.signalCode === null)
    return living.map(({ args, cli }) =>
      [`${cli.pid} ${args.slice(0, 4).join(' ')}`, ...cli.errorLines.slice(-8)].join('\n    '),
    )
  }

  #endProcesses(): void {
    for (const { cli } of this.#started) {
      cli.child.kill('SIGCONT')
      cli.child.kill('SIGKILL')
    }
  }

  /** If this process is stopped. */
  readonly #onExit = (): void => {
    this.#endProcesses()
    this.network[Symbol.dispose]()
  }

  #start(args: string[], prefix: readonly string[] = [], env: Record<string, string> = {}): RunningCli {
    const cli = this.project.startOn(prefix, args, env)
    this.#started.push({ args, cli })
    return cli
  }

  #clock(name: string): ChaosClock {
    return new ChaosClock(path.join(this.project.directory, `${name}.clock`), this.#clockShift)
  }

  /** Where a host reaches a proxy. */
  #addressOf(link: TcpProxy): string {
    return `${this.network.address}:${link.listensOn}`
  }

  #urlOf(link: TcpProxy): string {
    return `redis://${this.#addressOf(link)}`
  }

  async #addHost(index: number): Promise<ChaosHost> {
    const name = `h${index}`
    const [devicePort, gatewayPort] = [await freePort(), await freePort()]
    const address = this.network.addressOf(index)
    const gateway = (): Endpoint => ({ address, port: this.hosts[index]?.gatewayPort ?? gatewayPort })
    const base = {
      name,
      index,
      devicePort,
      gatewayPort,
      clock: this.#clock(name),
      log: path.join(this.project.directory, `${name}.log`),
      redisLink: await TcpProxy.start(() => ({ port: this.redis.port }), this.network.address),
      gatewayLink: await TcpProxy.start(gateway, this.network.address),
    }
    this.project.write({
      [`${name}.log`]: '',
      [`${name}.json`]: {
        gateway: { host: address },
        appium: { url: `http://127.0.0.1:${devicePort}` },
        devices: Array.from({ length: devicesOfHost }, (_, number) => ({
          name: `${name}-d${number}`,
          driver: 'fake',
          reset: 'none',
          labels: [`rack=${index % 2}`],
          capabilities: { 'appium:deviceName': `${name}-d${number}` },
        })),
      },
    })
    const devices = this.startDevices(base)
    await once(devices, 'message')
    return { ...base, devices, cli: this.startHost(base), isBusy: false }
  }
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return '' // It has ended, or is somebody else's.
  }
}
