import { parseFacts } from './phone-facts.js'

/** How to get rid of a window: answer `wait` or `close` in its dialog, press back, or unlock the screen. */
export type Dismissal = 'wait' | 'close' | 'back' | 'unlock'

/** A window in front that belongs neither to the app under test nor to what a module would open by itself. */
export interface ForeignWindow {
  /** For messages: `"com.android.systemui isn't responding"`. */
  name: string
  dismissal: Dismissal
}

interface Rule {
  /** Of the window's title. Its first group, if any, is the package that the window is about. */
  title: RegExp
  name: (about: string) => string
  dismissal: Dismissal
}

/**
 * Permission questions, choosers and Android's settings are missing on purpose: an app or a module opens them itself. So is the
 * dialog about the app under test: it is the module's own result.
 */
const rules: readonly Rule[] = [
  {
    title: /^Application Not Responding: (\S+)/,
    name: about => `"${about} isn't responding"`,
    dismissal: 'wait',
  },
  { title: /^Application Error: (\S+)/, name: about => `"${about} has stopped"`, dismissal: 'close' },
  { title: /^com\.android\.vending\/.*protect/i, name: () => 'Play Protect', dismissal: 'back' },
  {
    title: /\/.*(?:system|software|firmware)_?update|\/.*\.f?ota\b/i,
    name: () => 'a system update',
    dismissal: 'back',
  },
  { title: /^com\.android\.systemui\/.*usb/i, name: () => 'a question about USB', dismissal: 'back' },
  { title: /\/.*BluetoothPairing/, name: () => 'a question about Bluetooth', dismissal: 'back' },
  { title: /\/.*EmergencyCallbackMode/, name: () => 'the emergency call mode', dismissal: 'back' },
]

/**
 * Finds a foreign window in the output of `dumpsys window`. Pure.
 * @param app - package of the app under test
 */
export function findForeignWindow(dump: string, app: string | undefined): ForeignWindow | undefined {
  if (parseFacts({ window: dump }).locked === true) return { name: 'the lock screen', dismissal: 'unlock' }
  // Each display has a focus; that of the first one comes first.
  const title = /mCurrentFocus=Window\{\S+ (?:u\d+ )?(.+)\}/.exec(dump)?.[1] ?? ''
  if (app !== undefined && title.startsWith(`${app}/`)) return undefined
  for (const rule of rules) {
    const match = rule.title.exec(title)
    if (!match) continue
    const about = match[1] ?? ''
    return about !== '' && about === app ? undefined : { name: rule.name(about), dismissal: rule.dismissal }
  }
  return undefined
}
