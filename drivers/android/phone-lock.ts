import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BatonError } from '../../src/error/baton-error.js'
import { hasErrorCode } from '../../src/error/error-text.js'
import { tryLock, type ProcessLock } from '../../src/process/process-lock.js'
import type { AdbAddress } from './android-keys.js'

export interface LockedPhone {
  udid: string
  /** The device's name in the farm. */
  device: string
  adb: AdbAddress
}

/**
 * Locks a phone for this process: on one machine, a phone serves one farm at a time, even if the farms use different Redis servers. The
 * lock ends with its process.
 * @throws BatonError BATON_DEVICE_TAKEN, with who holds it
 */
export async function lockPhone(phone: LockedPhone): Promise<ProcessLock> {
  const { udid, device } = phone
  const folder = lockFolder(phone)
  const attempt = await tryLock(folder).catch((cause: unknown) => {
    if (!isForbidden(cause)) throw cause
    throw new BatonError('BATON_DEVICE_TAKEN', `the phone ${udid} has a lock that another user's process left behind`, {
      device,
      hint: `remove ${folder}`,
      cause,
    })
  })
  if ('lock' in attempt) return attempt.lock
  const { pid, directory, since } = attempt.owner
  throw new BatonError(
    'BATON_DEVICE_TAKEN',
    `the phone ${udid} serves another farm: process ${pid} in ${directory}, since ${since}`,
    { device, hint: `wait for that process or stop it; if it is not a Baton process, remove ${folder}` },
  )
}

/** The same for all processes of the machine, even if their folders for temporary files differ. */
export function lockFolder({ udid, adb: { host, port } }: LockedPhone): string {
  // The names of the machine itself are all the same adb server.
  const address = `${['localhost', '::1'].includes(host) ? '127.0.0.1' : host}:${port}`
  const id = createHash('sha256').update(`${address} ${udid}`).digest('hex').slice(0, 16)
  return join(existsSync('/tmp') ? '/tmp' : tmpdir(), `baton-phone-${id}`)
}

function isForbidden(error: unknown): boolean {
  return hasErrorCode(error, 'EPERM', 'EACCES')
}
