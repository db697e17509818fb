import type { Duplex } from 'node:stream'
import type { PhoneBehavior } from '../phone-behavior.js'
import type { PhoneModel } from '../phone-model.js'
import type { StreamHandler } from '../adbd/transport.js'
import type { View } from '../screen/view.js'

/** The intent that starts an app. */
export interface Intent {
  /** `-d` of `am start`. */
  link?: string
  extras: Record<string, string>
}

/** What a running app may use. */
export interface AppSurroundings {
  package: string
  /** Its own version. */
  version: string
  pid: number
  model: PhoneModel
  behavior: PhoneBehavior
  /** Its data, until it is cleared. */
  data: Map<string, string>
  log: (message: string) => void
  connect: (host: string, port: number) => Promise<Duplex>
  /** Serves an abstract Unix socket. @returns a function that stops serving */
  serve: (socket: string, handle: StreamHandler) => () => void
}

/** A running app. */
export interface App {
  open(intent: Intent): void
  view(): View
  stop(): void
}
