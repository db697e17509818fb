import type { Redis } from 'ioredis'

const shiftKey = 'test-clock-shift'

/** As `TIME` of a Redis whose clock was set by the seconds in `shiftKey`. */
const steppedTime = `(function()
  local time = redis.call('TIME')
  time[1] = time[1] + tonumber(redis.call('GET', '${shiftKey}') or 0)
  return time
end)()`

/**
 * Makes the farm's scripts on a connection read a clock that `stepClock` sets.
 * @throws Error if a script reads the time in a way that this doesn't know
 */
export function readSteppedClock(redis: Redis): Redis {
  const define = redis.defineCommand.bind(redis)
  redis.defineCommand = (name, definition) => {
    const lua = definition.lua?.replaceAll("call('TIME')", steppedTime)
    if (name.startsWith('baton-') && lua === definition.lua) throw new Error(`${name} does not read the time`)
    define(name, lua === undefined ? definition : { ...definition, lua })
  }
  return redis
}

/** Sets the clock of Redis, for scripts on connections of `readSteppedClock` and for keys that expire. */
export async function stepClock(redis: Redis, seconds: number): Promise<void> {
  await redis.eval(
    `redis.call('INCRBY', KEYS[1], ARGV[1])
    for _, key in ipairs(redis.call('KEYS', '*')) do
      local left = redis.call('PTTL', key)
      if left >= 0 then
        redis.call('PEXPIRE', key, left - ARGV[1] * 1000)
      end
    end`,
    1,
    shiftKey,
    seconds,
  )
}
