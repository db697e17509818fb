import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import pLimit from 'p-limit'
import { errorMessage } from '../../error/error-text.js'
import type { PreparedDevice } from '../../device/driver/driver.js'
import type { RecordedVideo, Recording } from '../../device/driver/recording-capability.js'
import type { LeaseId } from '../gateway/gateway-token.js'

interface CurrentRecording {
  lease: LeaseId
  recording: Recording
  /** Absent where it could not be made. */
  directory?: string
}

/** Films one device for one module after another. A film that nobody took by the time that the next one begins is gone. */
export class DeviceRecorder {
  #current: CurrentRecording | undefined
  /** The end of those that nobody wants. */
  readonly #removeSerially = pLimit(1)

  /** @param directory - of the device */
  constructor(
    private readonly prepared: Pick<PreparedDevice, 'recording'>,
    private readonly directory: string,
  ) {}

  /**
   * Nobody waits for it: a device that can't be filmed serves all the same.
   * @param lease - whose module has it
   * @returns false where its driver films none
   */
  start(lease: LeaseId): boolean {
    this.discard()
    const { prepared } = this
    if (!prepared.recording) return false
    try {
      const directory = mkdtempSync(path.join(this.directory, 'video-'))
      this.#current = { lease, directory, recording: prepared.recording.start(directory) }
    } catch (error) {
      this.#current = { lease, recording: failedRecording(errorMessage(error)) }
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
    const film = this.#current
    if (film?.lease !== lease) return undefined
    this.#current = undefined
    try {
      return await use(await film.recording.stop())
    } finally {
      if (film.directory !== undefined) await rm(film.directory, { recursive: true, force: true })
    }
  }

  /** Not waited for either: the next module is not to be held up by a film of the last one. */
  discard(): void {
    const film = this.#current
    this.#current = undefined
    if (film) void this.#removeSerially(async () => remove(film))
  }

  /** Ends the film; nothing of any is left. */
  async close(): Promise<void> {
    this.discard()
    await this.#removeSerially(async () => {})
  }
}

function failedRecording(problem: string): Recording {
  return { stop: async () => ({ files: [], reason: problem }), discard: async () => {} }
}

async function remove({ recording, directory }: CurrentRecording): Promise<void> {
  await recording.discard().catch(() => {})
  if (directory !== undefined) await rm(directory, { recursive: true, force: true }).catch(() => {})
}
