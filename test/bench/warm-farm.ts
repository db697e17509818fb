import { Registry } from '../../src/lease/registry.js'
import { LeaseScripts } from '../../src/lease/lease-scripts.js'
import type { Project, RunningCli } from '../e2e/baton-cli.js'
import { RedisServer } from '../support/redis-server.js'
import type { RunEvent } from '../../src/event/run-event.js'

/** A running farm: a Redis and a host of the real command line, with its sessions open. */
export class WarmFarm implements AsyncDisposable {
  private constructor(
    readonly project: Project,
    private readonly server: RedisServer,
    private readonly host: RunningCli,
  ) {}

  /**
   * @param project - where its devices.json is written and its modules are; not removed with the farm
   * @param name - of the host, unique in the project
   * @param farm - the content of devices.json
   */
  static async start(project: Project, name: string, farm: { devices: { name: string }[] }): Promise<WarmFarm> {
    const server = await RedisServer.start()
    const file = `${name}.json`
    project.write({ [file]: farm })
    const host = project.start(['host', '--redis', `unix://${server.socket}`, '--name', name, '--devices', file])
    const started = new WarmFarm(project, server, host)
    try {
      await host.line('baton host: ready')
      await started.#untilIdle(farm.devices.length)
      return started
    } catch (error) {
      await started[Symbol.asyncDispose]()
      throw error
    }
  }

  get hostPid(): number {
    return this.host.pid
  }

  get redisPid(): number {
    return this.server.pid
  }

  /** Arguments of `baton` that run modules here. */
  runArguments(...globs: string[]): string[] {
    return ['run', ...globs, '--redis', `unix://${this.server.socket}`]
  }

  /** Runs modules to their end. @returns the run's events @throws if one of them failed */
  async run(...globs: string[]): Promise<RunEvent[]> {
    const { exitCode, stdout, stderr } = await this.project.run(this.runArguments(...globs))
    if (exitCode !== 0) throw new Error(`the run ended with ${exitCode}:\n${stdout}\n${stderr}`)
    return this.project.events()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.host.child.kill('SIGTERM')
    await this.host.done
    await this.server[Symbol.asyncDispose]()
  }

  /** Polls, because nothing reports it. */
  async #untilIdle(devices: number): Promise<void> {
    const redis = this.server.connect()
    const registry = new Registry(new LeaseScripts(redis))
    for (;;) {
      const all = await registry.listDevices()
      if (all.filter(({ state }) => state === 'idle').length === devices) break
      const given = all.find(({ state }) => state === 'quarantined')
      if (given) throw new Error(`${given.name} can't be had: ${given.reason}`)
    }
    redis.disconnect()
  }
}
