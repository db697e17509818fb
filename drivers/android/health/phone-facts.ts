/** The state of a phone. A value that the phone did not report is undefined, and fails no check. */
export interface PhoneFacts {
  bootCompleted: boolean | undefined
  batteryPercent: number | undefined
  temperatureC: number | undefined
  freeStorageMb: number | undefined
  screen: 'on' | 'off' | undefined
  locked: boolean | undefined
  /** Whether the lock screen asks for the PIN now. Only some versions of Android report it. */
  pinEntry: boolean | undefined
  packageManager: boolean | undefined
}

/** The commands that report the facts. Each runs by itself, so that one that hangs hides no other. */
export const factCommands = {
  boot: 'getprop sys.boot_completed',
  battery: 'dumpsys battery',
  storage: 'df -k /data',
  power: 'dumpsys power',
  window: 'dumpsys window',
  packages: 'pm path android',
} as const

export type FactName = keyof typeof factCommands

/** @param answers - the output of each command; undefined if it did not run */
export function parseFacts(answers: Partial<Record<FactName, string>>): PhoneFacts {
  const { boot, battery, storage, power, window, packages } = answers
  return {
    bootCompleted: boot === undefined ? undefined : boot.trim() === '1',
    ...parseBattery(battery ?? ''),
    freeStorageMb: parseFreeStorage(storage ?? ''),
    screen: parseScreen(power ?? ''),
    locked: parseFlags(window ?? '', lockFlags),
    pinEntry: parseFlags(window ?? '', pinEntryFlags),
    packageManager: packages === undefined ? undefined : /^package:/m.test(packages),
  }
}

function parseBattery(text: string): Pick<PhoneFacts, 'batteryPercent' | 'temperatureC'> {
  const level = numberAfter(text, /^\s*level:\s*(-?\d+)/m)
  const scale = numberAfter(text, /^\s*scale:\s*(\d+)/m) ?? 100
  // In tenths of a degree.
  const tenths = numberAfter(text, /^\s*temperature:\s*(-?\d+)/m)
  return {
    batteryPercent: level === undefined || scale === 0 ? undefined : Math.round((level / scale) * 100),
    temperatureC: tenths === undefined ? undefined : tenths / 10,
  }
}

/** `df` breaks the line after a long file system name, so the columns are counted from the end. */
function parseFreeStorage(text: string): number | undefined {
  const words = text.trim().split('\n').slice(1).join(' ').trim().split(/\s+/)
  const percent = words.findIndex(word => /^\d+%$/.test(word))
  const kilobytes = Number(words[percent - 1])
  return percent > 0 && Number.isFinite(kilobytes) ? Math.floor(kilobytes / 1024) : undefined
}

function parseScreen(text: string): PhoneFacts['screen'] {
  const wakefulness = /mWakefulness=(\w+)/.exec(text)?.[1]
  if (wakefulness !== undefined) return wakefulness === 'Awake' ? 'on' : 'off'
  const display = /Display Power: state=(\w+)/.exec(text)?.[1]
  return display === undefined ? undefined : display === 'ON' ? 'on' : 'off'
}

/** The lock screen's flag, as different versions of Android call it. */
const lockFlags =
  /(?:mDreamingLockscreen|mShowingLockscreen|isStatusBarKeyguard|isKeyguardShowing|showing)=(true|false)/g

const pinEntryFlags = /(?:m?(?:Primary)?BouncerShowing|isBouncerShowing|bouncerShowing)=(true|false)/g

/** Whether one of the flags is set; undefined if the phone has none of them. */
function parseFlags(text: string, pattern: RegExp): boolean | undefined {
  const flags = [...text.matchAll(pattern)].map(([, value]) => value)
  return flags.length === 0 ? undefined : flags.includes('true')
}

/** `/proc/uptime`: `1234.56 4321.00`, seconds since boot and seconds idle. */
export function parseUptimeMs(text: string): number | undefined {
  const seconds = numberAfter(text, /^(\d+(?:\.\d+)?) /)
  return seconds === undefined ? undefined : seconds * 1000
}

function numberAfter(text: string, pattern: RegExp): number | undefined {
  const found = pattern.exec(text)?.[1]
  return found === undefined ? undefined : Number(found)
}
