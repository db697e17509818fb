import type { Command, Redis } from 'ioredis'

/**
 * Connections that die together at one exact command, like those of a host that is killed: nothing is sent after it.
 */
export class MortalRedis {
  readonly #connections: Redis[] = []
  readonly #died: Promise<void>
  #die!: () => void
  #armed = false
  #sent = 0
  dead = false

  /**
   * @param at - which script call (or `srem`, which is all that starts a lease) after `arm` is the last
   * @param moment - `before` it is sent, or `after` its reply
   */
  constructor(
    private readonly open: () => Redis,
    private readonly at: number,
    private readonly moment: 'before' | 'after',
  ) {
    this.#died = new Promise(resolve => {
      this.#die = resolve
    })
  }

  connect = (): Redis => {
    const redis = this.open()
    this.#connections.push(redis)
    const send = redis.sendCommand.bind(redis)
    redis.sendCommand = (command, stream) => {
      if (this.dead) return refuse(command)
      if (this.#armed && /^(eval|srem)/.test(command.name)) {
        this.#sent += 1
        if (this.#sent === this.at) {
          if (this.moment === 'before') {
            this.#kill()
            return refuse(command)
          }
          const last = Promise.resolve(send(command, stream)).then(() => {
            this.#kill()
            throw new Error('killed')
          })
          // of what had waited for a connection nobody awaits this, but the command itself
          last.catch(() => {})
          return last
        }
      }
      return send(command, stream)
    }
    return redis
  }

  arm(): void {
    this.#armed = true
  }

  async died(): Promise<void> {
    await this.#died
  }

  #kill(): void {
    this.dead = true
    for (const redis of this.#connections) redis.disconnect()
    this.#die()
  }
}

/** By the command itself: whoever sent it may have done so before there was a connection, and awaits no other promise. */
function refuse(command: Command): Promise<unknown> {
  command.reject(new Error('killed'))
  return command.promise
}
