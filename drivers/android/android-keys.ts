import { z } from 'zod'
import { text } from '../../src/device/schema-parts.js'
import { parseLocale } from './settings/phone-locale.js'

const adb = z.object({
  host: z.string().optional().describe('Where the adb server listens; default 127.0.0.1'),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe('Default: ANDROID_ADB_SERVER_PORT of the environment, else 5037'),
})

const health = z.object({
  batteryPercent: z.int().min(0).max(100).default(15).describe('Lowest battery level'),
  temperatureC: z.number().default(45).describe('Highest battery temperature, in degrees Celsius'),
  storageMb: z.int().min(0).default(300).describe('Least free space on /data, in megabytes'),
  answerMs: z.int().min(100).default(5_000).describe('Milliseconds in which a shell on the phone must answer'),
  reboot: z
    .boolean()
    .default(false)
    .describe('Whether a phone whose package manager is dead may be rebooted, once an hour at most'),
})

const locale = text(value => (parseLocale(value) ? undefined : 'expected a language and its region, e.g. "de-DE"'))
const timezone = text(value =>
  isTimeZone(value) ? undefined : 'expected the name of a time zone, e.g. "Europe/Berlin"',
)
const pin = text(value => (/^\w+$/.test(value) ? undefined : 'expected digits, or letters and digits of a password'))

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

const prepare = z.object({
  stayAwake: z.boolean().default(true).describe('The screen stays on while the phone is plugged in'),
  animations: z.boolean().default(false).describe('Whether animations stay as they are; default: off'),
  orientation: z.enum(['portrait', 'landscape']).optional().describe('Held there; default: as the phone has it'),
  locale: locale.optional().describe('Language and region, e.g. "de-DE"'),
  timezone: timezone.optional().describe('e.g. "Europe/Berlin"'),
  location: z.boolean().optional().describe('Location services on or off'),
  wifi: z.boolean().optional().describe('Wi-Fi on or off'),
  pin: pin.optional().describe('Unlocks the screen; take it from the environment: "${env:PHONE_PIN}"'),
})

/** The labels that a phone has by itself. */
const match = z
  .strictObject({
    platform: z.string(),
    sdk: z.string(),
    model: z.string(),
    manufacturer: z.string(),
    abi: z.string(),
    formFactor: z.enum(['phone', 'tablet', 'watch', 'tv', 'automotive']),
  })
  .partial()

/** Keys of a devices.json entry with `"driver": "android"`. */
export const androidKeys = z.object({
  udid: z.string().optional().describe('Serial number, as `adb devices` lists it; "host:port" is connected to'),
  discover: z.literal(true).optional().describe('Instead of udid: every phone that is plugged in'),
  match: match.optional().describe('With discover: only phones with these labels'),
  adb: adb.optional().describe('The adb server; it is shared, and never stopped'),
  chromedriver: z
    .string()
    .optional()
    .describe('ChromeDriver for webviews: its path, or a folder that holds several; default: chromedriver on the PATH'),
  app: z.string().optional().describe('Path of the app under test (.apk)'),
  grantPermissions: z.boolean().optional().describe('Grants all permissions that the app asks for, as it is installed'),
  health: health.partial().optional().describe('Limits beyond which the phone is not offered'),
  prepare: prepare.partial().optional().describe('What is changed on the phone while it serves, and put back after'),
})

export type AndroidKeys = z.infer<typeof androidKeys>
export type HealthLimits = z.infer<typeof health>
export type PrepareOptions = z.infer<typeof prepare>

/** Limits and preparation with their defaults. */
export function completeKeys(keys: AndroidKeys): { limits: HealthLimits; preparation: PrepareOptions } {
  return { limits: health.parse(keys.health ?? {}), preparation: prepare.parse(keys.prepare ?? {}) }
}

/** Where the entry's adb server listens. */
export function adbAddressOf(keys: AndroidKeys, env: Readonly<Record<string, string | undefined>>): AdbAddress {
  const fromEnvironment = Number(env['ANDROID_ADB_SERVER_PORT'])
  const port = Number.isInteger(fromEnvironment) && fromEnvironment > 0 ? fromEnvironment : 5037
  return { host: keys.adb?.host ?? '127.0.0.1', port: keys.adb?.port ?? port }
}

/** Where an adb server listens. */
export interface AdbAddress {
  host: string
  port: number
}
