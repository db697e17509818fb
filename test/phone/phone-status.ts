/** State of a phone, for assertions of tests. */
export interface PhoneStatus {
  /** As adb lists it. */
  serial: string
  manufacturer: string
  model: string
  bootId: string
  bootCompleted: boolean
  /** Whether the UiAutomator2 server runs. */
  automating: boolean
  /** Connections of adb servers. */
  connections: number
  /** Ports that are reversed to the computer: `tcp:8080`. */
  reverses: string[]
  logcatReaders: number
  /** Abstract Unix sockets that are served, such as a WebView's. */
  sockets: string[]
  /** Name and version code of all apps. */
  packages: Record<string, number>
  /** Number of running installations. */
  installing: number
  /** The app in front. */
  front: string | undefined
  screenOn: boolean
  locked: boolean
  /** How often a wrong PIN was entered. */
  pinRefusals: number
  /** Frames of all recordings of its screen so far. */
  recordedFrames: number
  freeBytes: number
}
