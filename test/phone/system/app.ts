import type { Duplex } from 'node:stream'
import type { View } from '../screen/view.js'

/** What an app is started with. */
export interface Intent {
  /** `-d` of `am start`. */
  link?: string
  extras: Record<string, string>
}

/** What a running app may use of the phone. */
export interface AppSurroundings {
  /** Its own version. */
  version: string
  /** What it keeps; gone when its data are cleared. */
  data: Map<string, string>
  log: (message: string) => void
  connect: (host: string, port: number) => Promise<Duplex>
}

/** A running app. */
export interface App {
  open(intent: Intent): void
  view(): View
  stop(): void
}
