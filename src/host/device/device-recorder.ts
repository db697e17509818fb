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
  /** Absent if it could not be created. */
  directory?: string
}

/** Records one device for one module after another. A recording that was not taken is discarded when the next one starts. */
export class DeviceRecorder {
  #current: CurrentRecording | undefined
  /** Resolves when the discarded recordings are removed. */
  readonly #removeSerially = pLimit(1)

  /** @param directory - the device's folder */
  constructor(
    private readonly prepared: Pick<PreparedDevice, 'recording'>,
    private readonly directory: string,
  ) {}

  /**
   * Starts a recording without waiting for it: a device that cannot be recorded still serves.
   * @param lease - the lease whose module uses the device
   * @returns false if the driver has no recording
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
   * Ends the recording and hands it over.
   * @param lease - a lost lease may ask while the device is recorded for the next one
   * @param use - uses the files, which are removed afterwards
   * @returns undefined if the lease has no recording
   */
  async take<T>(lease: LeaseId, use: (video: RecordedVideo) => Promise<T>): Promise<T | undefined> {
    const recorded = this.#current
    if (recorded?.lease !== lease) return undefined
    this.#current = undefined
    try {
      return await use(await recorded.recording.stop())
    } finally {
      if (recorded.directory !== undefined) await rm(recorded.directory, { recursive: true, force: true })
    }
  }

  /** Does not wait: the next module must not be held up by the last recording. */
  discard(): void {
    const recorded = this.#current
    this.#current = undefined
    if (recorded) void this.#removeSerially(async () => remove(recorded))
  }

  /** Ends the recording and removes all files. */
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
