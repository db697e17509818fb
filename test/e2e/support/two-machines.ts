import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Project, type Files } from '../baton-cli.js'

export type Side = 'a' | 'b'

const redisPort = 6379

/**
 * Two network namespaces with a cable between them: to each other they are two machines. Redis listens on the cable,
 * in the first one. Names are this process's own.
 */
export class TwoMachines implements AsyncDisposable {
  readonly redisUrl = `redis://${addresses.a}:${redisPort}`
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'baton-redis-'))
  readonly #projects: Project[] = []
  #redis: ChildProcess | undefined

  static async start(): Promise<TwoMachines> {
    const machines = new TwoMachines()
    try {
      connectNamespaces()
      await machines.#startRedis()
      return machines
    } catch (error) {
      await machines[Symbol.asyncDispose]()
      throw error
    }
  }

  /** A folder whose commands run on that machine. */
  project(side: Side, files: Files): Project {
    const project = new Project(files, inNamespace(side))
    this.#projects.push(project)
    return project
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const project of this.#projects) project.remove()
    const redis = this.#redis
    if (redis && redis.exitCode === null && redis.signalCode === null) {
      redis.kill('SIGKILL')
      await once(redis, 'exit')
    }
    removeNamespaces()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #startRedis(): Promise<void> {
    const [program = '', ...prefix] = inNamespace('a')
    const listening = ['--bind', addresses.a, '--port', String(redisPort), '--protected-mode', 'no']
    const args = [...prefix, 'redis-server', ...listening, '--save', '', '--appendonly', 'no', '--dir', this.#folder]
    this.#redis = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const chunk of this.#redis.stdout ?? []) if (String(chunk).includes('eady to accept connections')) return
    throw new Error('Redis ended instead of serving')
  }
}

/** IPv4 and IPv6 addresses on the cable; nobody else sees them. */
export const addresses = { a: '10.99.0.1', b: '10.99.0.2' } as const
export const addresses6 = { a: 'fd99::1', b: 'fd99::2' } as const

/** Why there can be no two machines here; undefined if there can. */
export function whyNoNamespaces(): string | undefined {
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  try {
    ip('netns', 'add', probe)
    ip('netns', 'del', probe)
    return undefined
  } catch (error) {
    return `network namespaces are not available: ${String(error).split('\n')[0]} (Debian: apt-get install iproute2)`
  }
}

const probe = `baton-${process.pid}-probe`
const sides: readonly Side[] = ['a', 'b']

const namespaceOf = (side: Side): string => `baton-${process.pid}-${side}`
/** Names of interfaces have 15 letters at most. */
const cableOf = (side: Side): string => `bt${process.pid}${side}`

function inNamespace(side: Side): string[] {
  return ['ip', 'netns', 'exec', namespaceOf(side)]
}

function connectNamespaces(): void {
  for (const side of sides) ip('netns', 'add', namespaceOf(side))
  const [a, b] = sides.map(side => [cableOf(side), 'netns', namespaceOf(side)])
  ip('link', 'add', ...(a ?? []), 'type', 'veth', 'peer', ...(b ?? []))
  for (const side of sides) {
    const within = ['-n', namespaceOf(side)]
    ip(...within, 'addr', 'add', `${addresses[side]}/24`, 'dev', cableOf(side))
    ip(...within, '-6', 'addr', 'add', `${addresses6[side]}/64`, 'dev', cableOf(side), 'nodad')
    for (const name of [cableOf(side), 'lo']) ip(...within, 'link', 'set', name, 'up')
  }
}

/** With a namespace go its interfaces. */
function removeNamespaces(): void {
  for (const side of sides) {
    try {
      ip('netns', 'del', namespaceOf(side))
    } catch {
      // It was not made.
    }
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] })
}
