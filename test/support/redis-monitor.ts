import { EventEmitter, once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

export interface SeenCommand {
  /** Redis's clock. */
  atMs: number
  /** `lua` if a script calls it. */
  source: string
  args: string[]
}

/** Records what Redis executes. Without ioredis, which fails if the first command arrives together with its reply. */
export class RedisMonitor implements Disposable {
  readonly seen: SeenCommand[] = []
  readonly #news = new EventEmitter()

  private constructor(private readonly socket: Socket) {
    createInterface({ input: socket }).on('line', line => this.#read(line))
  }

  static async start(path: string): Promise<RedisMonitor> {
    const monitor = new RedisMonitor(connect(path))
    const begun = once(monitor.#news, 'begun')
    monitor.socket.write('MONITOR\r\n')
    await begun
    return monitor
  }

  /** Resolves when enough was recorded. */
  async until(enough: (seen: readonly SeenCommand[]) => boolean): Promise<void> {
    while (!enough(this.seen)) await once(this.#news, 'seen')
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }

  #read(line: string): void {
    if (line === '+OK') return void this.#news.emit('begun')
    const [, at, source = '', rest = ''] = /^\+([\d.]+) \[\d+ (\S+)\] (.*)$/.exec(line) ?? []
    const args = [...rest.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, arg = '']) => arg.replaceAll('\\"', '"'))
    this.seen.push({ atMs: Number(at) * 1000, source, args })
    this.#news.emit('seen')
  }
}
