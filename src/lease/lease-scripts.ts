import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Redis } from 'ioredis'
import { redisError } from '../error/baton-error.js'
import { isWatched, publishActivity } from '../event/host-activity.js'
import { packageFile } from '../process/package-root.js'
import { farmKeys, keysById, type FarmKey, type KeyById } from './protocol/keys.js'
import { luaPrelude, type LimitOverrides } from './protocol/lua-prelude.js'

export interface LeaseScriptsOptions {
  /** The farm's prefix, one Redis Cluster hash tag; default `{baton}`. */
  prefix?: string
  /** Writes each grant and each end of a lease to the stream `<prefix>:audit`, for tests. */
  audit?: boolean
  /** Tests: limits that are reached sooner. */
  limits?: LimitOverrides
  /** Tests: a clock of this process that nobody sets, in milliseconds; default `performance.now`. */
  monotonicMs?: () => number
}

const defaultPrefix = '{baton}'

type Command = (...args: (string | number | Buffer)[]) => Promise<unknown>

/**
 * The Lua scripts of `src/lease/lua` on one connection. Each is a transaction over the farm's whole state; their headers describe
 * what they take and return. All keys share the prefix's hash tag, so a farm is in one slot.
 */
export class LeaseScripts {
  readonly prefix: string
  /** By which the farm's clock knows this process. */
  readonly #caller = randomBytes(6).toString('base64url')
  readonly #monotonicMs: () => number
  readonly #commands: Map<string, Command>
  readonly #sources = new Map<string, string>()

  constructor(
    readonly redis: Redis,
    options: LeaseScriptsOptions = {},
  ) {
    this.prefix = options.prefix ?? defaultPrefix
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now())
    const commands = redis as unknown as Record<string, Command>
    this.#commands = new Map()
    const prelude = luaPrelude(options.audit === true, options.limits)
    const variant = `${options.audit ? '-audited' : ''}${options.limits ? `-${JSON.stringify(options.limits)}` : ''}`
    for (const [name, body] of scriptBodies()) {
      const command = `baton-${name}${variant}`
      const lua = `${prelude}\n${body}`
      this.#sources.set(name, lua)
      if (!commands[command]) redis.defineCommand(command, { numberOfKeys: 1, lua })
      this.#commands.set(name, (...args) => {
        const call = commands[command]
        if (!call) throw new Error(`no script ${name}`)
        return call.call(redis, ...args)
      })
    }
  }

  /**
   * Runs a script by its file's name.
   * @returns its raw reply; callers parse it
   * @throws BatonError BATON_REDIS if Redis is out of memory
   */
  call(name: string, ...args: (string | number | Buffer)[]): Promise<unknown> {
    const command = this.#commands.get(name)
    if (!command) throw new Error(`no script ${name}`)
    const monotonicUs = Math.round(this.#monotonicMs() * 1_000)
    const answer = command(this.prefix, this.#caller, monotonicUs, ...args).catch((error: unknown) => {
      throw redisError(error)
    })
    return isWatched('redis-called') ? timed(name, answer) : answer
  }

  /** The text of a script as Redis receives it; its SHA-1 is its name there. */
  source(name: string): string {
    return this.#sources.get(name) ?? ''
  }

  /** One of the farm's keys, or a part of it: `key('run', run, 'events')`. */
  key(name: FarmKey): string
  key(name: KeyById, id: string, ...parts: string[]): string
  key(name: FarmKey | KeyById, ...parts: string[]): string {
    return [this.prefix, { ...farmKeys, ...keysById }[name], ...parts].join(':')
  }
}

async function timed(script: string, answer: Promise<unknown>): Promise<unknown> {
  const start = performance.now()
  let ok = false
  try {
    const reply = await answer
    ok = true
    return reply
  } finally {
    publishActivity('redis-called', { script, seconds: (performance.now() - start) / 1_000, ok })
  }
}

let loaded: ReadonlyMap<string, string> | undefined

/** name → source with its library in front. */
function scriptBodies(): ReadonlyMap<string, string> {
  if (loaded) return loaded
  const folder = packageFile('src', 'lease', 'lua')
  const library = new Map<string, string>()
  const read = (name: string): string => {
    const text = library.get(name) ?? readFileSync(path.join(folder, 'lib', `${name}.lua`), 'utf8')
    library.set(name, text)
    return text
  }
  const bodies = new Map<string, string>()
  for (const file of readdirSync(folder).filter(file => file.endsWith('.lua'))) {
    const body = readFileSync(path.join(folder, file), 'utf8')
    const parts = ['clock', 'base', ...includesOf(body, read)].map(read)
    bodies.set(path.basename(file, '.lua'), [...parts, body].join('\n'))
  }
  loaded = bodies
  return bodies
}

/** The libraries that a source includes, directly or not, each once and after those that it includes itself. */
function includesOf(source: string, read: (name: string) => string): string[] {
  const names = /^-- @include (.+)$/m.exec(source)?.[1]?.split(' ') ?? []
  return [...new Set(names.flatMap(name => [...includesOf(read(name), read), name]))]
}
