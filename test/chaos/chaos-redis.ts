import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, statSync, truncateSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from '../../src/process/free-port.js'
import type { ChaosClock } from './chaos-clock.js'

/** A Redis that writes its data to disk, and dies in all the ways in which servers die. */
export class ChaosRedis {
  port = 0
  #child: ChildProcess | undefined
  #admin: Redis | undefined
  #generation = 0

  constructor(
    private readonly folder: string,
    readonly clock: ChaosClock,
  ) {}

  /** A connection for faults and the auditor, past every proxy. */
  get admin(): Redis {
    if (!this.#admin) throw new Error('Redis has not been started')
    return this.#admin
  }

  /** Asks it, again if it fails over meanwhile. */
  async ask<T>(question: (admin: Redis) => Promise<T>): Promise<T> {
    for (;;) {
      const { admin } = this
      try {
        return await question(admin)
      } catch (error) {
        if (admin === this.#admin) throw error
      }
    }
  }

  async start(): Promise<void> {
    this.port = await freePort()
    await this.#spawn(this.#directory())
    this.#connect()
  }

  get #isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Ends it at once and starts it again. @param lostBytes - of its newest data, as after a loss of power */
  async kill(lostBytes = 0): Promise<void> {
    await this.#end('SIGKILL')
    if (lostBytes > 0) this.#cutTail(lostBytes)
    await this.#spawn(this.#directory())
  }

  async restart(): Promise<void> {
    await this.#end('SIGTERM')
    await this.#spawn(this.#directory())
  }

  /** A replica takes over, as Sentinel arranges it, without what it had not received. */
  async failOver(downMs: number): Promise<void> {
    const [oldPort, old] = [this.port, this.#child]
    const newPort = await freePort()
    this.#generation += 1
    await this.#spawn(this.#directory(), newPort, ['--replicaof', '127.0.0.1', String(oldPort)])
    const replica = new Redis(newPort, '127.0.0.1')
    replica.on('error', () => {})
    while (!(await isInSync(replica))) await delay(20)
    const exited = old && once(old, 'exit')
    old?.kill('SIGKILL')
    await exited
    await delay(downMs)
    await replica.replicaof('NO', 'ONE')
    replica.disconnect()
    this.port = newPort
    this.#connect()
  }

  async stop(): Promise<void> {
    this.#admin?.disconnect()
    await this.#end('SIGKILL')
  }

  #directory(): string {
    const folder = path.join(this.folder, `redis-${this.#generation}`)
    mkdirSync(folder, { recursive: true })
    return folder
  }

  #connect(): void {
    this.#admin?.disconnect()
    this.#admin = new Redis(this.port, '127.0.0.1', { maxRetriesPerRequest: null, retryStrategy: () => 50 })
    this.#admin.on('error', () => {})
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (!child || !this.#isRunning) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }

  async #spawn(folder: string, port = this.port, more: readonly string[] = []): Promise<void> {
    const durable = [
      '--repl-diskless-sync-delay',
      '0',
      '--appendonly',
      'yes',
      '--appendfsync',
      'everysec',
      '--save',
      '',
      '--aof-load-truncated',
      'yes',
    ]
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...durable]
    const child = spawn('redis-server', [...args, '--enable-debug-command', 'yes', ...more], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...this.clock.environment },
    })
    this.#child = child
    for await (const chunk of child.stdout) if (String(chunk).includes('eady to accept connections')) return
    throw new Error('Redis ended instead of serving')
  }

  #cutTail(bytes: number): void {
    const folder = path.join(this.#directory(), 'appendonlydir')
    const newest = readdirSync(folder)
      .filter(file => file.endsWith('.incr.aof'))
      .toSorted()
      .at(-1)
    if (newest === undefined) return
    const file = path.join(folder, newest)
    truncateSync(file, Math.max(0, statSync(file).size - bytes))
  }
}

/** A replica that loads what it has just received refuses every command. */
async function isInSync(replica: Redis): Promise<boolean> {
  const info = await replica.info('replication').catch(() => '')
  return info.includes('master_link_status:up')
}
