import { deviceLockFolder, lockDevice } from '../../src/device/device-lock.js'
import type { ProcessLock } from '../../src/process/process-lock.js'
import type { AdbAddress } from './android-keys.js'

export interface LockedPhone {
  udid: string
  /** The device's name in the farm. */
  device: string
  adb: AdbAddress
}

/**
 * Locks a phone for this process.
 * @throws BatonError BATON_DEVICE_TAKEN, with who holds it
 */
export async function lockPhone(phone: LockedPhone): Promise<ProcessLock> {
  return lockDevice({ key: keyOf(phone), udid: phone.udid, device: phone.device })
}

/** The same for all processes of the machine. */
export const lockFolder = (phone: LockedPhone): string => deviceLockFolder(keyOf(phone))

function keyOf({ udid, adb: { host, port } }: LockedPhone): string {
  // The names of the machine itself are all the same adb server.
  return `${['localhost', '::1'].includes(host) ? '127.0.0.1' : host}:${port} ${udid}`
}
