import { BatonError } from '../../../src/error/baton-error.js'
import type { AdbPhone } from '../adb/adb-phone.js'
import type { HealthLimits } from '../android-keys.js'
import type { FactName, PhoneFacts } from './phone-facts.js'

/** A check that a phone failed: which one, and the value that was found. */
export interface FailedCheck {
  check: 'boot' | 'battery' | 'temperature' | 'storage' | 'screen' | 'lock' | 'packages'
  found: string
}

/** A command that hung while the phone's shell answers others. */
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

/** Holds what is known of a phone against its limits; what is not known refuses nothing. */
export function findFailedChecks(facts: PhoneFacts, limits: HealthLimits): FailedCheck[] {
  const { bootCompleted, batteryPercent, temperatureC, freeStorageMb, screen, locked, packageManager } = facts
  const refusals: FailedCheck[] = []
  const refuse = (check: FailedCheck['check'], found: string): void => void refusals.push({ check, found })
  if (bootCompleted === false) refuse('boot', 'Android has not finished booting')
  if (packageManager === false) refuse('packages', 'the package manager does not answer')
  if (batteryPercent !== undefined && batteryPercent < limits.batteryPercent)
    refuse('battery', `${batteryPercent} %, at least ${limits.batteryPercent} % are needed`)
  if (temperatureC !== undefined && temperatureC > limits.temperatureC)
    refuse('temperature', `${temperatureC} °C, at most ${limits.temperatureC} °C are allowed`)
  if (freeStorageMb !== undefined && freeStorageMb < limits.storageMb)
    refuse('storage', `${freeStorageMb} MB free on /data, at least ${limits.storageMb} MB are needed`)
  if (screen === 'off') refuse('screen', 'it is off and could not be woken')
  else if (locked === true) refuse('lock', 'the screen is locked')
  return refusals
}

/** BATON_DEVICE_UNFIT, with every refusal and a hint for the first. */
export function unfitError({ device, udid }: AdbPhone, refusals: readonly FailedCheck[]): BatonError {
  const hint = hintFor(refusals)
  return new BatonError('BATON_DEVICE_UNFIT', `${device} (${udid}) failed its check: ${formatFailedChecks(refusals)}`, {
    device,
    ...(hint !== undefined && { hint }),
  })
}

/** `battery: 7 %, at least 15 % are needed; storage: …` */
export function formatFailedChecks(refusals: readonly FailedCheck[]): string {
  return refusals.map(({ check, found }) => `${check}: ${found}`).join('; ')
}

const unlock = 'remove the screen lock, or give its PIN as `prepare.pin`, e.g. "${env:PHONE_PIN}"'
const hints: Record<FailedCheck['check'], string> = {
  boot: 'wait until it has booted, or reboot it',
  packages: 'reboot it; `"health": {"reboot": true}` lets Baton do that, once an hour at most',
  battery: 'charge it, or lower `health.batteryPercent`',
  temperature: 'let it cool down, or raise `health.temperatureC`',
  storage: 'remove apps or files, or lower `health.storageMb`',
  screen: unlock,
  lock: unlock,
}

/** What to do about the first of them. */
export function hintFor([first]: readonly FailedCheck[]): string | undefined {
  return first && hints[first.check]
}
