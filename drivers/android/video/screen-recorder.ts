import type { AdbPhone } from '../adb/adb-phone.js'
import { ScreenRecording, videoLimits, type VideoLimits } from './screen-recording.js'

/** Records the screen of one phone, one recording after another. */
export class ScreenRecorder {
  #last: Promise<void> = Promise.resolve()

  constructor(
    private readonly phone: AdbPhone,
    private readonly limits: VideoLimits = videoLimits,
  ) {}

  /** Starts a recording and returns at once. @param directory - for its files; the caller removes it */
  start(directory: string): ScreenRecording {
    const recording = new ScreenRecording(this.phone, directory, this.limits, this.#last)
    this.#last = recording.ended
    return recording
  }
}
