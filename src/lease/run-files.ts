import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { BatonError, redisError } from '../error/baton-error.js'
import type { LeaseScripts } from './lease-scripts.js'
import { limits } from './protocol/limits.js'

/** Bytes of one part of an artifact: while it is stored, the rest of the farm waits. */
const PART_BYTES = 1024 * 1024
/** Backoff between two attempts to store something that there is no room for. Milliseconds. */
const ROOM_MS = 100
/** Milliseconds that a large file waits for room, while those of other modules are fetched. */
const ROOM_WAIT_MS = 5_000

export interface ArtifactAddress {
  run: string
  /** It is stored only while this is held. */
  lease: string
  /** Unique within the run. */
  key: string
}

/** The files of a run in Redis: bundles on their way to hosts, artifacts on their way back. */
export class RunFiles {
  constructor(private readonly scripts: LeaseScripts) {}

  /**
   * Keeps a file until the run process fetches it, at most as long as the run.
   * @param content - as a whole, or as it is read
   * @param kind - `large`: leaves room for other files, and waits for its own while the run has a process that fetches
   * @returns false if the lease is lost, the run is gone, or there is no room
   */
  async storeArtifact(
    { run, lease, key }: ArtifactAddress,
    content: Buffer | AsyncIterable<Buffer>,
    kind: 'small' | 'large' = 'small',
  ): Promise<boolean> {
    const isLarge = kind === 'large'
    const most = isLarge ? limits.videoBytes : limits.artifactBytes
    const deadline = performance.now() + (isLarge ? ROOM_WAIT_MS : 0)
    let bytes = 0
    let isStored = false
    try {
      for await (const part of partsOf(content)) {
        const store = () =>
          this.scripts.call('store-artifact', run, lease, partKey(key, bytes / PART_BYTES), part, most)
        let stored = await store()
        while (stored === -1 && (await this.#hasRoom(run, most - part.length, deadline))) stored = await store()
        if (stored !== 1) return false
        bytes += PART_BYTES
      }
      isStored = true
      return true
    } finally {
      if (!isStored) await this.dropArtifact(run, key, bytes, 'unwanted')
    }
  }

  /**
   * Waits until no more than `bytes` of the run wait to be fetched.
   * @returns false if that takes too long, or if no process may be there to fetch
   */
  async #hasRoom(run: string, bytes: number, deadline: number): Promise<boolean> {
    while (performance.now() < deadline) {
      const [ttl, waiting] = await this.scripts.redis.hmget(this.scripts.key('run', run), 'ttl', 'artifactBytes')
      if (ttl === '') return false
      if (Number(waiting ?? 0) <= bytes) return true
      await delay(ROOM_MS)
    }
    return false
  }

  /**
   * Fetches a file part by part. What was fetched is no longer kept, unless the run is detached: then other followers can fetch it
   * until there is no room for new files.
   * @param bytes - of the whole file
   * @throws Error if it is not all there
   */
  async *fetchArtifact(run: string, key: string, bytes: number): AsyncGenerator<Buffer> {
    for (let index = 0; index * PART_BYTES < bytes; index++) {
      const part = await this.scripts.redis.hgetBuffer(this.scripts.key('run', run, 'artifacts'), partKey(key, index))
      if (part === null) throw new Error('it is no longer there')
      await this.scripts.call('drop-artifact', run, partKey(key, index), 'fetched')
      yield part
    }
  }

  /**
   * Removes what is left of a file.
   * @param why - `fetched`: as far as this reader wants it; others of a detached run can still fetch it. `unwanted`: it was not stored
   */
  async dropArtifact(run: string, key: string, bytes: number, why: 'fetched' | 'unwanted' = 'fetched'): Promise<void> {
    for (let index = 0; index * PART_BYTES < bytes; index++) {
      await this.scripts.call('drop-artifact', run, partKey(key, index), why)
    }
  }

  /**
   * Registers that a run's modules use these bundles. They stay until the last run that uses them is forgotten.
   * @returns hashes of those that are not stored yet
   * @throws BatonError BATON_REDIS if the farm has no such run
   */
  async useBundles(run: string, hashes: readonly string[]): Promise<string[]> {
    if (hashes.length === 0) return []
    const missing = await this.scripts.call('use-bundles', run, ...hashes)
    if (missing === 0)
      throw new BatonError('BATON_REDIS', `run ${run} is no longer in Redis`, { hint: 'submit it again' })
    return z.array(z.string()).parse(missing)
  }

  async storeBundle(hash: string, bundle: Buffer | string): Promise<void> {
    try {
      const { redis } = this.scripts
      await redis.set(this.scripts.key('bundle', hash), bundle)
      // All runs that use it may have been removed meanwhile.
      if ((await redis.exists(this.scripts.key('bundle', hash, 'runs'))) === 0)
        await redis.del(this.scripts.key('bundle', hash))
    } catch (error) {
      throw redisError(error)
    }
  }

  async loadBundle(hash: string): Promise<Buffer | undefined> {
    return (await this.scripts.redis.getBuffer(this.scripts.key('bundle', hash))) ?? undefined
  }
}

const partKey = (key: string, part: number): string => `${key}#${part}`

/** Parts of one length, whatever the chunks are: so the process that fetches them knows how many there are. */
async function* partsOf(content: Buffer | AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = []
  let size = 0
  for await (const chunk of Buffer.isBuffer(content) ? [content] : content) {
    rest.push(chunk)
    size += chunk.length
    if (size < PART_BYTES) continue
    const whole = Buffer.concat(rest)
    const end = size - (size % PART_BYTES)
    for (let at = 0; at < end; at += PART_BYTES) yield whole.subarray(at, at + PART_BYTES)
    rest = [whole.subarray(end)]
    size -= end
  }
  if (size > 0) yield Buffer.concat(rest)
}
