/** Settings and faults of a phone that can be changed while it runs. */
export interface PhoneBehavior {
  /** Milliseconds before each shell command starts. */
  shellDelayMs: number
  /** Milliseconds before each response of the UiAutomator2 server. */
  commandDelayMs: number
  /** Uptime at the start, in milliseconds; a reboot resets it to 0. */
  upMs: number
  /** Whether the screen is broken and can't be turned on. */
  screenDead: boolean
  /** Milliseconds from a reboot until adb sees the phone again. */
  bootMs: number
  /** Milliseconds from then until `sys.boot_completed` is 1 and the package manager answers. */
  bootCompleteMs: number
  batteryPercent: number
  batteryCelsius: number
  /** Whether it is on a charger. */
  charging: boolean
  /** Free bytes; installing and copying reduce them. */
  freeBytes: number
  /** Error of each installation, e.g. `INSTALL_FAILED_INVALID_APK`; empty if they succeed. */
  failInstall: string
  /** Milliseconds that each installation takes. */
  installMs: number
  /** Whether the package manager hangs from the middle of the next installation on. */
  hangInInstall: boolean
  /** Whether the package manager refuses to clear an app's data. */
  failClear: boolean
  /** State of the package manager: `dead` refuses, `hung` never answers. */
  packageManager: 'alive' | 'dead' | 'hung'
  /** Milliseconds that the phone's clock is ahead of the computer's. */
  clockSkewMs: number
  /** Whether adb's shell may not change settings, as with some manufacturers. */
  settingsForbidden: boolean
  /** Prefix of shell commands that hang and do nothing, e.g. `settings put`; empty if none. */
  stuckCommand: string
  /** Whether the phone has no video encoder: `screenrecord` fails. */
  noEncoder: boolean
  /** Version that its WebViews report, e.g. `120.0.6099.144`; empty: Chromium's own. */
  webViewVersion: string
  /** PIN of the screen lock; if empty, a swipe unlocks. */
  pin: string
  /** Milliseconds until a swiped lock screen is gone. */
  swipeMs: number
  /** Milliseconds until the lock screen's PIN entry takes keys, once it was asked for; earlier ones are lost. */
  pinEntryMs: number
  /** Package of an app in the background that does not respond: Android shows its dialog in front; empty if none. */
  notResponding: string
  /** Whether the dialog of `notResponding` ignores its buttons. */
  dialogStuck: boolean
  /** Whether the chat stores the name that is typed, and shows it at its next start. */
  keepsName: boolean
  /** The user whose screen is shown; commands without `--user` mean user 0. */
  user: number
  /** Whether its adb daemon has only the plain shell, without separate errors and exit codes, as before Android 7. */
  plainShell: boolean
}

export const defaultBehavior: PhoneBehavior = {
  shellDelayMs: 0,
  commandDelayMs: 0,
  upMs: 0,
  screenDead: false,
  bootMs: 800,
  bootCompleteMs: 200,
  batteryPercent: 83,
  batteryCelsius: 28.5,
  charging: true,
  freeBytes: 4 * 1024 ** 3,
  failInstall: '',
  installMs: 0,
  hangInInstall: false,
  failClear: false,
  packageManager: 'alive',
  clockSkewMs: 0,
  settingsForbidden: false,
  stuckCommand: '',
  noEncoder: false,
  webViewVersion: '',
  pin: '',
  swipeMs: 0,
  pinEntryMs: 0,
  notResponding: '',
  dialogStuck: false,
  keepsName: false,
  user: 0,
  plainShell: false,
}
