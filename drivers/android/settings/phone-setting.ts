import type { PrepareOptions } from '../android-keys.js'
import { formatLocale, parseLocale } from './phone-locale.js'

/** One thing of a phone that can be read, set, and put back. `id` is what a note of it says. */
export interface PhoneSetting {
  id: string
  /** A shell command that prints the value on the first line that is not empty. */
  read: string
  /** The shell command that sets it; `null`: as a phone that never had a value. */
  write: (value: string) => string
}

/** What a preparation changes, and to what. */
export interface WantedSetting extends PhoneSetting {
  wanted: string
}

const animationScales = ['window_animation_scale', 'transition_animation_scale', 'animator_duration_scale']

/** Noted although no preparation asks for them: a module that turns its phone changes them. */
export const settingsChangedByModules = ['system/accelerometer_rotation', 'system/user_rotation']

/** Pure: the changes that a preparation asks for. */
export function wantedSettings(preparation: PrepareOptions): WantedSetting[] {
  const { stayAwake, animations, orientation, locale, timezone, location, wifi } = preparation
  const changes: [id: string, wanted: string][] = []
  // USB, charger and wireless.
  if (stayAwake) changes.push(['global/stay_on_while_plugged_in', '7'])
  if (!animations) changes.push(...animationScales.map((key): [string, string] => [`global/${key}`, '0']))
  if (orientation !== undefined) {
    changes.push(['system/accelerometer_rotation', '0'])
    changes.push(['system/user_rotation', orientation === 'portrait' ? '0' : '1'])
  }
  if (location !== undefined) changes.push(['secure/location_mode', location ? '3' : '0'])
  if (wifi !== undefined) changes.push(['wifi', wifi ? '1' : '0'])
  if (timezone !== undefined) changes.push(['global/auto_time_zone', '0'], ['timezone', timezone])
  const language = locale === undefined ? undefined : parseLocale(locale)
  if (language !== undefined) changes.push(['locale', formatLocale(language)])
  return changes.map(([id, wanted]) => ({ ...settingById(id), wanted }))
}

/** What an id of a note stands for. @throws where this version of Baton knows no such thing */
export function settingById(id: string): PhoneSetting {
  if (id === 'wifi') {
    return {
      id,
      read: 'settings get global wifi_on',
      write: value => `svc wifi ${value === '0' ? 'disable' : 'enable'}`,
    }
  }
  if (id === 'timezone') {
    // The alarm service's third call sets it, for the shell too.
    return { id, read: 'getprop persist.sys.timezone', write: value => `service call alarm 3 s16 ${shellWord(value)}` }
  }
  if (id === 'locale') {
    // A phone whose language nobody has chosen speaks its maker's.
    return { id, read: 'getprop persist.sys.locale; getprop ro.product.locale', write: localeCommand }
  }
  const [namespace, key] = id.split('/')
  if (!namespace || !key) throw new Error(`unknown: ${id}`)
  return {
    id,
    read: `settings get ${namespace} ${key}`,
    write: value =>
      value === 'null' ? `settings delete ${namespace} ${key}` : `settings put ${namespace} ${key} ${shellWord(value)}`,
  }
}

/** Only Appium's settings app, which its driver installs, may change it without root. */
function localeCommand(value: string): string {
  const locale = parseLocale(value, true)
  if (!locale) return 'true'
  const { language, script, country } = locale
  return (
    'am broadcast -a io.appium.settings.locale -n io.appium.settings/.receivers.LocaleSettingReceiver ' +
    `--es lang ${shellWord(language)} --es country ${shellWord(country)}${script === undefined ? '' : ` --es script ${shellWord(script)}`}`
  )
}

/** Values come from a note on the phone: nothing but one word reaches its shell. */
function shellWord(value: string): string {
  return value.replaceAll(/[^\w./+:-]/g, '')
}

/** The note of what a phone was like, as one word. */
export function encodeSnapshot(values: Readonly<Record<string, string>>): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url')
}

/** A note that can't be read is none: whatever it was, it can't be put back. */
export function decodeSnapshot(text: string): Record<string, string> {
  try {
    const values: unknown = JSON.parse(Buffer.from(text.trim(), 'base64url').toString())
    if (typeof values !== 'object' || values === null) return {}
    return Object.fromEntries(
      Object.entries(values).flatMap(([id, value]) => (isKnown(id) ? [[id, String(value)]] : [])),
    )
  } catch {
    return {}
  }
}

function isKnown(id: string): boolean {
  try {
    settingById(id)
    return /^[\w/]+$/.test(id)
  } catch {
    return false
  }
}
