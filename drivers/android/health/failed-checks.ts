import { BatonError } from '../../../src/error/baton-error.js'
import type { AdbPhone } from '../adb/adb-phone.js'
import type { HealthLimits } from '../android-keys.js'
import { ScreenLock } from './screen-lock.js'
import type { FactName, PhoneFacts } from './phone-facts.js'

/** A health check that a phone failed, and the value that was found. */
export interface FailedCheck {
  check: 'boot' | 'battery' | 'temperature' | 'storage' | 'screen' | 'lock' | 'pin' | 'front window' | 'packages'
  found: string
}

/** A command that hung while the phone's shell answered others. */
export function unansweredCheck(fact: FactName, answerMs: number): FailedCheck {
  return { check: checksByFact[fact], found: `no answer within ${answerMs} ms` }
}

const checksByFact: Record<FactName, FailedCheck['check']> = {
  boot: 'boot',
  battery: 'battery',
  storage: 'storage',
  power: 'screen',
  window: 'lock',
  packages: 'packages',
}

/** Compares the facts of a phone with its limits. Unknown facts fail no check. */
export function findFailedChecks(facts: PhoneFacts, limits: HealthLimits): FailedCheck[] {
  const { bootCompleted, batteryPercent, temperatureC, freeStorageMb, screen, locked, packageManager } = facts
  const failed: FailedCheck[] = []
  const fail = (check: FailedCheck['check'], found: string): void => void failed.push({ check, found })
  if (bootCompleted === false) fail('boot', 'Android has not finished booting')
  if (packageManager === false) fail('packages', 'the package manager does not answer')
  if (batteryPercent !== undefined && batteryPercent < limits.batteryPercent)
    fail('battery', `${batteryPercent} %, at least ${limits.batteryPercent} % are needed`)
  if (temperatureC !== undefined && temperatureC > limits.temperatureC)
    fail('temperature', `${temperatureC} °C, at most ${limits.temperatureC} °C are allowed`)
  if (freeStorageMb !== undefined && freeStorageMb < limits.storageMb)
    fail('storage', `${freeStorageMb} MB free on /data, at least ${limits.storageMb} MB are needed`)
  if (screen === 'off') fail('screen', 'it is off and could not be turned on')
  else if (locked === true) fail('lock', 'the screen is locked')
  return failed
}

/** A screen that stays locked because the phone refused the PIN of devices.json. */
export const refusedPin: FailedCheck = {
  check: 'pin',
  found: 'it refused the PIN of `prepare.pin`, which is not typed again',
}

/** BATON_DEVICE_UNFIT, with every failed check and a hint for the first. */
export function unfitError({ device, udid }: AdbPhone, failed: readonly FailedCheck[]): BatonError {
  const hint = hintFor(failed)
  return new BatonError(
    'BATON_DEVICE_UNFIT',
    `${device} (${udid}) failed its health check: ${formatFailedChecks(failed)}`,
    {
      device,
      ...(hint !== undefined && { hint }),
    },
  )
}

/** `battery: 7 %, at least 15 % are needed; storage: …` */
export function formatFailedChecks(failed: readonly FailedCheck[]): string {
  return failed.map(({ check, found }) => `${check}: ${found}`).join('; ')
}

const unlock = 'remove the screen lock, or give its PIN as `prepare.pin`, e.g. "${env:PHONE_PIN}"'
const hints: Record<FailedCheck['check'], string> = {
  boot: 'wait until it has booted, or reboot it',
  packages: 'reboot it; `"health": {"reboot": true}` lets Baton do that, at most once an hour',
  battery: 'charge it, or lower `health.batteryPercent`',
  temperature: 'let it cool down, or raise `health.temperatureC`',
  storage: 'remove apps or files, or lower `health.storageMb`',
  screen: unlock,
  lock: unlock,
  'front window': 'look at its screen, and close the window by hand',
  pin: `correct \`prepare.pin\`; if it is right, unlock the phone by hand and run \`adb shell settings delete global ${ScreenLock.refusedPinKey}\``,
}

/** What to do about the first one. */
export function hintFor([first]: readonly FailedCheck[]): string | undefined {
  return first && hints[first.check]
}
