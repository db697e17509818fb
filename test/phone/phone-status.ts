/** What a phone says of itself, for tests to look at. */
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
  /** `tcp:8080`: ports that lead to the computer. */
  reverses: string[]
  logcatReaders: number
  /** Abstract Unix sockets that are served, such as a WebView's. */
  sockets: string[]
  /** Name and version code of all apps. */
  packages: Record<string, number>
  /** Installations that are under way. */
  installing: number
  /** The app in front. */
  front: string | undefined
  screenOn: boolean
  locked: boolean
  /** Pictures that films have of its screen, all taken together. */
  recordedFrames: number
  freeBytes: number
}
