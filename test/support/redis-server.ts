import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Redis } from 'ioredis'

/** A private Redis on a Unix socket in its own folder; by default nothing is written to disk. */
export class RedisServer implements AsyncDisposable {
  readonly #connections = new Set<Redis>()
  #child: ReturnType<typeof spawn> | undefined

  private constructor(
    readonly folder: string,
    readonly socket: string,
    private readonly options: readonly string[],
  ) {}

  /** @param options - more arguments of redis-server; they win */
  static async start(...options: string[]): Promise<RedisServer> {
    const folder = await mkdtemp(path.join(tmpdir(), 'baton-redis-'))
    const server = new RedisServer(folder, path.join(folder, 'redis.sock'), options)
    await server.#spawn()
    return server
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Opens a connection that `dispose` closes. */
  connect(): Redis {
    const redis = new Redis({ path: this.socket, maxRetriesPerRequest: null, retryStrategy: () => 20 })
    redis.on('error', () => {
      // Tests stop the server on purpose; a command that fails rejects.
    })
    this.#connections.add(redis)
    redis.on('end', () => this.#connections.delete(redis))
    return redis
  }

  /** Saves its data and restarts it. */
  async restart(): Promise<void> {
    const redis = this.connect()
    await redis.save()
    redis.disconnect()
    await this.restartEmpty()
  }

  /** Replaces it by an empty one. */
  async restartEmpty(): Promise<void> {
    await this.#kill()
    await this.#spawn()
  }

  /** Restarts a server with `--appendonly yes` as after a power loss: all that it wrote from `text` on is gone. */
  async restartWithoutTail(text: string): Promise<void> {
    await this.#kill()
    const folder = path.join(this.folder, 'appendonlydir')
    const name = (await readdir(folder)).find(file => file.endsWith('.incr.aof')) ?? ''
    const at = (await readFile(path.join(folder, name))).indexOf(text)
    if (at < 0) throw new Error(`${text} is not in ${name}`)
    await truncate(path.join(folder, name), at)
    await this.#spawn()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const redis of this.#connections) redis.disconnect()
    await this.#kill()
    await rm(this.folder, { recursive: true, force: true })
  }

  async #spawn(): Promise<void> {
    const args = ['--port', '0', '--unixsocket', this.socket, '--save', '', '--appendonly', 'no', '--dir', this.folder]
    const child = spawn('redis-server', [...args, ...this.options], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#child = child
    for await (const chunk of child.stdout) {
      if (String(chunk).includes('eady to accept connections')) break
    }
  }

  async #kill(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
}
