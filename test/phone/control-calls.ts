import type { PhoneBehavior } from './phone-behavior.js'
import type { PhoneStatus } from './phone-status.js'

/** What other processes can do to a phone: one `POST /phones/SERIAL/NAME` each. */
export interface PhoneControls {
  status(): Promise<PhoneStatus>
  /** Changes its behavior. */
  set(behavior: Partial<PhoneBehavior>): Promise<void>
  /** Unplugs the cable. */
  unplug(): Promise<void>
  /** Resolves at once; adb finds the phone within a second, see `connected`. */
  plug(): Promise<void>
  /** Sockets stay open, but nothing is answered until `thaw`. */
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** As `freeze`, until adb replaces its connection to the phone (`adb reconnect`). */
  stall(): Promise<void>
  /** It leaves, and comes back by itself after `bootMs`. */
  reboot(): Promise<void>
  /** Resolves when the adb server has it online. */
  connected(): Promise<void>
  /** The UiAutomator2 server crashes. */
  crashInstrumentation(): Promise<void>
  /** The app in front crashes. */
  crashApp(): Promise<void>
  /** The app in front stops responding (ANR). */
  hangApp(): Promise<void>
  /** Turns the screen off, which locks it. */
  sleep(): Promise<void>
  /** Writes to the phone's log. */
  log(entry: { tag: string; message: string; priority?: 'V' | 'D' | 'I' | 'W' | 'E' | 'F' }): Promise<void>
}

export const controlNames = [
  'status',
  'set',
  'unplug',
  'plug',
  'freeze',
  'thaw',
  'stall',
  'reboot',
  'connected',
  'crashInstrumentation',
  'crashApp',
  'hangApp',
  'sleep',
  'log',
] as const satisfies readonly (keyof PhoneControls)[]

/** Printed by the phones' process when they are ready, as one line of JSON. */
export interface Announcement {
  /** `http://127.0.0.1:PORT` */
  control: string
  adbPort: number
  phones: { serial: string; manufacturer: string; model: string }[]
}
