import type { PhoneBehavior } from './phone-behavior.js'
import type { PhoneStatus } from './phone-status.js'

/** What can be done to a phone from outside: one POST each to `/phones/SERIAL/NAME`. */
export interface PhoneControls {
  status(): Promise<PhoneStatus>
  /** Turns behavior. */
  set(behavior: Partial<PhoneBehavior>): Promise<void>
  /** Pulls the cable. */
  unplug(): Promise<void>
  /** Resolves at once; adb finds it within a second, see `connected`. */
  plug(): Promise<void>
  /** Sockets stay open; nothing is answered until it thaws. */
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** It goes away and comes back by itself after `bootMs`. */
  reboot(): Promise<void>
  /** Resolves once the adb server can be asked for it. */
  connected(): Promise<void>
  /** The UiAutomator2 server crashes. */
  crashInstrumentation(): Promise<void>
  /** The app in front crashes. */
  crashApp(): Promise<void>
  /** The app in front stops to react (ANR). */
  hangApp(): Promise<void>
  /** Switches the screen off, which locks it. */
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
  'reboot',
  'connected',
  'crashInstrumentation',
  'crashApp',
  'hangApp',
  'sleep',
  'log',
] as const satisfies readonly (keyof PhoneControls)[]

/** What the process of the phones says once they are there, as one line of JSON. */
export interface Announcement {
  /** `http://127.0.0.1:PORT` */
  control: string
  adbPort: number
  phones: { serial: string; manufacturer: string; model: string }[]
}
