import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BatonError } from '../error/baton-error.js'
import { hasErrorCode } from '../error/error-text.js'
import { tryLock, type ProcessLock } from '../process/process-lock.js'

export interface LockableDevice {
  /** Identifies it on this machine, such as address and serial number. */
  key: string
  udid: string
  /** Its name in the farm. */
  device: string
}

/**
 * Locks a phone for this process: on one machine, a phone serves one farm at a time, even if the farms use different Redis servers. The
 * lock ends with its process.
 * @throws BatonError BATON_DEVICE_TAKEN, with who holds it
 */
export async function lockDevice({ key, udid, device }: LockableDevice): Promise<ProcessLock> {
  const folder = deviceLockFolder(key)
  const attempt = await tryLock(folder).catch((cause: unknown) => {
    if (!hasErrorCode(cause, 'EPERM', 'EACCES')) throw cause
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
export function deviceLockFolder(key: string): string {
  const id = createHash('sha256').update(key).digest('hex').slice(0, 16)
  return join(existsSync('/tmp') ? '/tmp' : tmpdir(), `baton-phone-${id}`)
}
