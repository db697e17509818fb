import { z } from 'zod'
import { text } from '../../src/device/schema-parts.js'
import { parseLocale } from './settings/phone-locale.js'

const adb = z.object({
  host: z.string().optional().describe('Host of the adb server; default 127.0.0.1'),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe('Default: the environment variable ANDROID_ADB_SERVER_PORT, else 5037'),
})

const health = z.object({
  batteryPercent: z.int().min(0).max(100).default(15).describe('Lowest battery level, in percent'),
  temperatureC: z.number().default(45).describe('Highest battery temperature, in degrees Celsius'),
  storageMb: z.int().min(0).default(300).describe('Least free space on /data, in megabytes'),
  answerMs: z.int().min(100).default(5_000).describe('Milliseconds in which a shell on the phone must answer'),
  reboot: z
    .boolean()
    .default(false)
    .describe('Whether a phone whose package manager is dead may be rebooted, at most once an hour'),
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
  animations: z.boolean().default(false).describe('Whether animations stay as they are; default: they are turned off'),
  orientation: z.enum(['portrait', 'landscape']).optional().describe('Fixed orientation; default: not changed'),
  locale: locale.optional().describe('Language and region, e.g. "de-DE"'),
  timezone: timezone.optional().describe('e.g. "Europe/Berlin"'),
  location: z.boolean().optional().describe('Location services on or off'),
  wifi: z.boolean().optional().describe('Wi-Fi on or off'),
  pin: pin.optional().describe('Unlocks the screen; best taken from the environment: "${env:PHONE_PIN}"'),
})

/** Labels that a phone has by itself. */
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
  udid: z.string().optional().describe('Serial number as in `adb devices`; Baton runs `adb connect` for "host:port"'),
  discover: z.literal(true).optional().describe('Instead of udid: every phone that is attached'),
  match: match.optional().describe('With discover: only phones with these labels'),
  adb: adb.optional().describe('The adb server, which Baton shares with other programs and never stops'),
  chromedriver: z
    .string()
    .optional()
    .describe('ChromeDriver for webviews: its path, or a folder of several; default: chromedriver on the PATH'),
  app: z.string().optional().describe('Path of the app under test (.apk)'),
  grantPermissions: z
    .boolean()
    .optional()
    .describe('Whether an installation grants all permissions that the app requests'),
  health: health.partial().optional().describe('Limits beyond which the phone is not used'),
  prepare: prepare
    .partial()
    .optional()
    .describe('Settings that are changed while Baton uses the phone, and restored afterwards'),
})

export type AndroidKeys = z.infer<typeof androidKeys>
export type HealthLimits = z.infer<typeof health>
export type PrepareOptions = z.infer<typeof prepare>

/** `health` and `prepare` with their defaults. */
export function completeKeys(keys: AndroidKeys): { limits: HealthLimits; prepare: PrepareOptions } {
  return { limits: health.parse(keys.health ?? {}), prepare: prepare.parse(keys.prepare ?? {}) }
}

/** Address of the entry's adb server. */
export function adbAddressOf(keys: AndroidKeys, env: Readonly<Record<string, string | undefined>>): AdbAddress {
  const fromEnvironment = Number(env['ANDROID_ADB_SERVER_PORT'])
  const port = Number.isInteger(fromEnvironment) && fromEnvironment > 0 ? fromEnvironment : 5037
  return { host: keys.adb?.host ?? '127.0.0.1', port: keys.adb?.port ?? port }
}

export interface AdbAddress {
  host: string
  port: number
}
