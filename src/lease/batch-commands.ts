import type { Redis } from 'ioredis'

/** Commands in one write: enough to share its cost, few enough for Redis to start while the host still makes the next ones. */
const MAX_COMMANDS = 12

/**
 * Sends the commands that follow from one batch of replies in few writes: on a busy host, a write to the socket costs as much as a
 * command, and so does each read in Redis. Not in a single write, because Redis and the host would then take turns.
 */
export function batchCommands(redis: Redis): void {
  let held = 0
  const sendCommand = redis.sendCommand.bind(redis)
  redis.sendCommand = (...command) => {
    const reply = sendCommand(...command)
    const { stream } = redis
    held += 1
    if (held >= MAX_COMMANDS && redis.status === 'ready' && stream.writableCorked > 0) {
      held = 0
      stream.uncork()
      stream.cork()
    }
    return reply
  }
  const arm = (): void => {
    const { stream } = redis
    stream.prependListener('data', () => {
      if (stream.writableCorked > 0) return
      held = 0
      stream.cork()
      setImmediate(() => stream.uncork())
    })
  }
  if (redis.status === 'connect' || redis.status === 'ready') arm()
  redis.on('connect', arm)
}

/** Resolves when the calls in progress have sent their commands: BullMQ sends a command a few promises after it was called. */
export async function commandsSent(): Promise<void> {
  return new Promise(resolve => {
    process.nextTick(resolve)
  })
}
