import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { PreparedDevice, RecordedVideo, Recording } from '../device/driver.js'
import type { LeaseId } from './gateway/gateway-token.js'

interface Film {
  lease: LeaseId
  recording: Recording
  /** Absent where it could not be made. */
  directory?: string
}

/** Films one device for one module after another. A film that nobody took by the time that the next one begins is gone. */
export class DeviceVideo {
  #film: Film | undefined
  /** The end of those that nobody wants. */
  #leaving: Promise<void> = Promise.resolve()

  /** @param directory - of the device */
  constructor(
    private readonly prepared: Pick<PreparedDevice, 'record'>,
    private readonly directory: string,
  ) {}

  /**
   * Nobody waits for it: a device that can't be filmed serves all the same.
   * @param lease - whose module has it
   * @returns false where its driver films none
   */
  begin(lease: LeaseId): boolean {
    this.discard()
    const { prepared } = this
    if (!prepared.record) return false
    try {
      const directory = mkdtempSync(path.join(this.directory, 'video-'))
      this.#film = { lease, directory, recording: prepared.record(directory) }
    } catch (error) {
      this.#film = { lease, recording: noFilm(error instanceof Error ? error.message : String(error)) }
    }
    return true
  }

  /**
   * Ends the film, and hands it over.
   * @param lease - one that was lost may ask when the device is filmed for the next one
   * @param use - what is done with its files, which are gone afterwards
   * @returns undefined where there is none of that lease
   */
  async take<T>(lease: LeaseId, use: (video: RecordedVideo) => Promise<T>): Promise<T | undefined> {
    const film = this.#film
    if (film?.lease !== lease) return undefined
    this.#film = undefined
    try {
      return await use(await film.recording.end())
    } finally {
      if (film.directory !== undefined) await rm(film.directory, { recursive: true, force: true })
    }
  }

  /** Not waited for either: the next module is not to be held up by a film of the last one. */
  discard(): void {
    const film = this.#film
    this.#film = undefined
    if (film) this.#leaving = this.#leaving.then(() => remove(film))
  }

  /** Ends the film; nothing of any is left. */
  async close(): Promise<void> {
    this.discard()
    await this.#leaving
  }
}

function noFilm(problem: string): Recording {
  return { end: async () => ({ files: [], problem }), discard: async () => {} }
}

async function remove({ recording, directory }: Film): Promise<void> {
  await recording.discard().catch(() => {})
  if (directory !== undefined) await rm(directory, { recursive: true, force: true }).catch(() => {})
}
