import type { Duplex } from 'node:stream'
import type { PhoneBehavior } from '../phone-behavior.js'
import type { PhoneModel } from '../phone-model.js'
import type { StreamHandler } from '../adbd/transport.js'
import type { View } from '../screen/view.js'

/** What an app is started with. */
export interface Intent {
  /** `-d` of `am start`. */
  link?: string
  extras: Record<string, string>
}

/** What a running app may use of the phone. */
export interface AppSurroundings {
  package: string
  /** Its own version. */
  version: string
  pid: number
  model: PhoneModel
  behavior: PhoneBehavior
  /** What it keeps; gone when its data are cleared. */
  data: Map<string, string>
  log: (message: string) => void
  connect: (host: string, port: number) => Promise<Duplex>
  /** Serves an abstract Unix socket; the call that this returns ends that. */
  serve: (socket: string, handle: StreamHandler) => () => void
}

/** A running app. */
export interface App {
  open(intent: Intent): void
  view(): View
  stop(): void
}
