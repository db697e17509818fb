import type { PrepareOptions } from '../android-keys.js'
import { formatLocale, parseLocale } from './phone-locale.js'

/** Something on a phone that can be read, changed and restored. */
export interface PhoneSetting {
  /** Its key in a snapshot. */
  id: string
  /** Shell command that prints the value on its first line that is not empty. */
  read: string
  /** Shell command that sets a value; the value `null` deletes the setting. */
  write: (value: string) => string
}

/** A setting, and the value that devices.json asks for. */
export interface WantedSetting extends PhoneSetting {
  wanted: string
}

const animationScales = ['window_animation_scale', 'transition_animation_scale', 'animator_duration_scale']

/** Always part of the snapshot: a module that rotates its phone changes them. */
export const settingsChangedByModules = ['system/accelerometer_rotation', 'system/user_rotation']

/** The settings that devices.json asks for. Pure. */
export function wantedSettings(options: PrepareOptions): WantedSetting[] {
  const { stayAwake, animations, orientation, locale, timezone, location, wifi } = options
  const wanted: [id: string, value: string][] = []
  // USB, charger and wireless.
  if (stayAwake) wanted.push(['global/stay_on_while_plugged_in', '7'])
  if (!animations) wanted.push(...animationScales.map((key): [string, string] => [`global/${key}`, '0']))
  if (orientation !== undefined) {
    wanted.push(['system/accelerometer_rotation', '0'])
    wanted.push(['system/user_rotation', orientation === 'portrait' ? '0' : '1'])
  }
  if (location !== undefined) wanted.push(['secure/location_mode', location ? '3' : '0'])
  if (wifi !== undefined) wanted.push(['wifi', wifi ? '1' : '0'])
  if (timezone !== undefined) wanted.push(['global/auto_time_zone', '0'], ['timezone', timezone])
  const language = locale === undefined ? undefined : parseLocale(locale)
  if (language !== undefined) wanted.push(['locale', formatLocale(language)])
  return wanted.map(([id, value]) => ({ ...settingById(id), wanted: value }))
}

/** @throws if this version of Baton does not know the id */
export function settingById(id: string): PhoneSetting {
  if (id === 'wifi') {
    return {
      id,
      read: 'settings get global wifi_on',
      write: value => `svc wifi ${value === '0' ? 'disable' : 'enable'}`,
    }
  }
  if (id === 'timezone') {
    // The third method of the alarm service sets it, and allows the shell to.
    return { id, read: 'getprop persist.sys.timezone', write: value => `service call alarm 3 s16 ${shellWord(value)}` }
  }
  if (id === 'locale') {
    // Until somebody chooses a language, only the manufacturer's is set.
    return { id, read: 'getprop persist.sys.locale; getprop ro.product.locale', write: localeCommand }
  }
  const [namespace, key] = id.split('/')
  if (!namespace || !key) throw new Error(`unknown: ${id}`)
  // Without a user, the first one's settings are meant, whoever uses the phone. Global ones are the same for all.
  const settings = (verb: string): string =>
    `settings ${namespace === 'global' ? '' : '--user current '}${verb} ${namespace} ${key}`
  return {
    id,
    read: settings('get'),
    write: value => (value === 'null' ? settings('delete') : `${settings('put')} ${shellWord(value)}`),
  }
}

/** Without root, only Appium's settings app may change the locale; the UiAutomator2 driver installs it. */
function localeCommand(value: string): string {
  const locale = parseLocale(value, true)
  if (!locale) return 'true'
  const { language, script, country } = locale
  return (
    'am broadcast -a io.appium.settings.locale -n io.appium.settings/.receivers.LocaleSettingReceiver ' +
    `--es lang ${shellWord(language)} --es country ${shellWord(country)}${script === undefined ? '' : ` --es script ${shellWord(script)}`}`
  )
}

/** Values may come from a snapshot on the phone: only one word of them reaches its shell. */
function shellWord(value: string): string {
  return value.replaceAll(/[^\w./+:-]/g, '')
}

/** A snapshot of settings as one word. */
export function encodeSnapshot(values: Readonly<Record<string, string>>): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url')
}

/** An unreadable snapshot counts as empty: it can't be restored. */
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
