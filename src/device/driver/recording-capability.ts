/** A recording of a device's screen that is being made. */
export interface Recording {
  /** Ends the recording within seconds. Never rejects, whatever happened to the device. */
  stop(): Promise<RecordedVideo>
  /** Ends the recording and throws it away. */
  discard(): Promise<void>
}

export interface RecordedVideo {
  /** MP4 files in the order in which they were recorded: one, unless the parts could not be joined. */
  files: string[]
  /** Why there is no file. */
  reason?: string
}

/** Records the screen of a device. */
export interface RecordingCapability {
  /**
   * Starts a recording at once, without waiting for the device.
   * @param directory - empty folder for the recording's files; the host removes it when they are no longer needed
   */
  start(directory: string): Recording
}
