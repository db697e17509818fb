import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../src/process/free-port.js'
import { Project, type RunningCli } from '../e2e/baton-cli.js'
import { ChaosRedis } from './chaos-redis.js'
import { TcpProxy } from './tcp-proxy.js'

export interface ChaosHost {
  readonly name: string
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

/** Milliseconds that a silent host keeps its leases. */
export const leaseTtlMs = 4_000
const devicesOfHost = 3

/** Hosts, their devices, their networks and a Redis, each a process of its own, on one machine. */
export class ChaosFarm implements AsyncDisposable {
  readonly redis: ChaosRedis
  readonly hosts: ChaosHost[] = []
  /** Between Redis and those that submit and follow runs. */
  userLink!: TcpProxy
  readonly #started: RunningCli[] = []

  private constructor(readonly project: Project) {
    this.redis = new ChaosRedis(project.directory)
  }

  static async start(hosts: number, files: Record<string, string>): Promise<ChaosFarm> {
    const farm = new ChaosFarm(new Project(files))
    try {
      await farm.redis.start()
      farm.userLink = await TcpProxy.start(() => farm.redis.port)
      for (let index = 0; index < hosts; index++) farm.hosts.push(await farm.#addHost(index))
      await Promise.all(farm.hosts.map(async ({ cli }) => cli.line('baton host: ready')))
      return farm
    } catch (error) {
      await farm[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Starts a host, or a successor of its name. */
  startHost({ name, redisLink, gatewayLink, gatewayPort }: Omit<ChaosHost, 'cli' | 'devices' | 'isBusy'>): RunningCli {
    const options = ['--name', name, '--devices', `${name}.json`, '--lease-ttl', String(leaseTtlMs)]
    const advertised = ['--gateway-port', String(gatewayPort), '--advertise', `127.0.0.1:${gatewayLink.listensOn}`]
    return this.#start(['host', '--redis', urlOf(redisLink), ...options, ...advertised])
  }

  /** Starts `baton run` or `baton follow` on this farm. */
  user(...args: string[]): RunningCli {
    return this.#start([...args, '--redis', urlOf(this.userLink)])
  }

  startDevices({ log, devicePort }: { log: string; devicePort: number }): ChildProcess {
    return fork(fileURLToPath(new URL('device-server-main.js', import.meta.url)), [String(devicePort), log])
  }

  accessLogs(): string[] {
    return this.hosts.map(({ log }) => readFileSync(log, 'utf8'))
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
    for (const { child } of this.#started) {
      child.kill('SIGCONT')
      child.kill('SIGKILL')
    }
    for (const host of this.hosts) {
      host.devices.kill('SIGKILL')
      host.redisLink.close()
      host.gatewayLink.close()
    }
    this.userLink.close()
    await this.redis.stop()
    this.project.remove()
  }

  #start(args: string[]): RunningCli {
    const cli = this.project.start(args)
    this.#started.push(cli)
    return cli
  }

  async #addHost(index: number): Promise<ChaosHost> {
    const name = `h${index}`
    const [devicePort, gatewayPort] = [await freePort(), await freePort()]
    const base = {
      name,
      devicePort,
      gatewayPort,
      log: path.join(this.project.directory, `${name}.log`),
      redisLink: await TcpProxy.start(() => this.redis.port),
      gatewayLink: await TcpProxy.start(() => this.hosts[index]?.gatewayPort ?? gatewayPort),
    }
    this.project.write({
      [`${name}.log`]: '',
      [`${name}.json`]: {
        gateway: { host: '127.0.0.1' },
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

const urlOf = (link: TcpProxy): string => `redis://127.0.0.1:${link.listensOn}`

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return '' // It has ended, or is somebody else's.
  }
}
