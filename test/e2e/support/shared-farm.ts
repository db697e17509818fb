import { setTimeout as delay } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { RedisServer } from '../../support/redis-server.js'
import { fakeFarm, Project, type RunningCli } from '../baton-cli.js'

/** How long the farm's own actions may take; generous, because it is only reached if the test fails. */
const settledWithinMs = 30_000
const askEveryMs = 20

/** How long a run outlives its process, which renews it at a third of that: it may stand still for two seconds and more. */
export const ownerTtlMs = 5_000
export const ownerTtl = ['--owner-ttl', String(ownerTtlMs)] as const

/** A Redis that hosts and runs share, in its own folder. */
export class SharedFarm implements AsyncDisposable {
  readonly redis: Redis

  private constructor(
    readonly server: RedisServer,
    readonly project: Project,
  ) {
    this.redis = server.connect()
  }

  static async start(files: Record<string, string>, ...redisOptions: string[]): Promise<SharedFarm> {
    return new SharedFarm(await RedisServer.start(...redisOptions), new Project(files))
  }

  /** Starts a host with fake devices, and waits until it serves them. */
  async host(name: string, ...devices: string[]): Promise<RunningCli> {
    return this.hostOf(name, fakeFarm(...devices))
  }

  /** @param farm - its devices.json */
  async hostOf(name: string, farm: object): Promise<RunningCli> {
    const file = `${name}.json`
    this.project.write({ [file]: farm })
    const ttl = ['--lease-ttl', String(leaseTtlMs), '--tls']
    const host = this.project.start(['host', ...this.#redisArgs, '--name', name, '--devices', file, ...ttl])
    await host.line('baton host: ready')
    return host
  }

  run(...args: string[]): RunningCli {
    return this.project.start(['run', ...args, ...this.#redisArgs, '--json'])
  }

  /** Keys of a run. */
  async keysOf(run: string): Promise<string[]> {
    return (await this.redis.keys(`*${run}*`)).toSorted()
  }

  /** Keys that belong to any run. */
  async runKeys(): Promise<string[]> {
    const keys = await this.redis.keys('*')
    return keys.filter(key => /:(run|bundle|need|pend|reasons|lease|q-[^:]*)(:|$)/.test(key)).toSorted()
  }

  /** Polls until a condition holds, because nothing reports it. */
  async until(isSo: () => Promise<boolean>, what: string): Promise<void> {
    const deadline = Date.now() + settledWithinMs
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new Error(`not within ${settledWithinMs} ms: ${what}`)
      await delay(askEveryMs)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.project.remove()
    await this.server[Symbol.asyncDispose]()
  }

  get #redisArgs(): [string, string] {
    return ['--redis', `unix://${this.server.socket}`]
  }
}

/** Short enough not to be waited for long, long enough for a host on a busy machine to renew in time: it does at a third. */
export const leaseTtlMs = 5_000
