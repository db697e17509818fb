/** What can be turned on a phone while it runs. */
export interface PhoneBehavior {
  /** Milliseconds that each shell command waits before it starts. */
  shellDelayMs: number
  /** Milliseconds that each of the UiAutomator2 server's answers waits. */
  commandDelayMs: number
  /** Milliseconds that it was up already when it was started; a reboot begins at 0. */
  upMs: number
  /** Whether the screen is broken: nothing wakes it. */
  screenDead: boolean
  /** Milliseconds from a reboot until adb sees the phone again. */
  bootMs: number
  /** Milliseconds from then until `sys.boot_completed` is 1 and the package manager answers. */
  bootCompleteMs: number
  batteryPercent: number
  batteryCelsius: number
  /** Whether it is on a charger. */
  charging: boolean
  /** Bytes that are free just now; installing and copying take from it. */
  freeBytes: number
  /** Why each installation fails, e.g. `INSTALL_FAILED_INVALID_APK`; empty: it does not. */
  failInstall: string
  /** Milliseconds that each installation takes. */
  installMs: number
  /** Whether the package manager hangs in the middle of the next installation, and from then on. */
  hangInInstall: boolean
  /** Whether the package manager refuses to clear an app's data. */
  failClear: boolean
  /** The package manager: `dead` refuses, `hung` never answers. */
  packageManager: 'alive' | 'dead' | 'hung'
  /** Milliseconds that the phone's clock is ahead of the computer's. */
  clockSkewMs: number
  /** Whether its maker lets adb's shell change no setting. */
  settingsForbidden: boolean
  /** Shell commands that begin so never come to their end, nor do anything, e.g. `settings put`; empty: none. */
  stuckCommand: string
  /** Whether the phone has no video encoder: `screenrecord` fails. */
  noEncoder: boolean
  /** What its WebViews say they are, e.g. `120.0.6099.144`; empty: the Chromium that they are. */
  webViewVersion: string
  /** The screen lock's PIN; empty: a swipe unlocks. */
  pin: string
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
}
