import type { AdbPhone } from '../adb/adb-phone.js'
import { ScreenRecording, videoLimits, type VideoLimits } from './screen-recording.js'

/** Films the screen of one phone, one film after another. */
export class ScreenRecorder {
  #last: Promise<void> = Promise.resolve()

  constructor(
    private readonly phone: AdbPhone,
    private readonly limits: VideoLimits = videoLimits,
  ) {}

  /** Begins at once, without being waited for. @param directory - for its files; whoever gives it removes it */
  record(directory: string): ScreenRecording {
    const recording = new ScreenRecording(this.phone, directory, this.limits, this.#last)
    this.#last = recording.ended
    return recording
  }
}
