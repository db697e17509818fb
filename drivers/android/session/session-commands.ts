import { WebDriverError, type HostSession } from '../../../src/device/driver/host-session.js'
import { errorMessage } from '../../../src/error/error-text.js'
import type { AdbPhone } from '../adb/adb-phone.js'

/** @throws BatonError BATON_DEVICE_LOST if the phone is not attached or its session does not answer */
export async function checkSession(phone: AdbPhone, session: HostSession): Promise<void> {
  phone.assertAttached()
  await session.command('GET', '/orientation').catch((cause: unknown) => {
    throw phone.lostError(`has a session that does not answer: ${errorMessage(cause)}`, undefined, cause)
  })
}

/** Resets what a module may have changed in the session itself: context, timeouts, orientation. */
export async function resetSession(session: HostSession, orientation: string | undefined): Promise<void> {
  await session.command('POST', '/context', { name: 'NATIVE_APP' })
  await session.command('POST', '/timeouts', { implicit: 0 })
  if (orientation !== undefined) await resetOrientation(session, orientation)
}

export async function resetOrientation(session: HostSession, orientation: string): Promise<void> {
  if ((await session.command('GET', '/orientation')) === orientation) return
  await session.command('POST', '/orientation', { orientation }).catch((error: unknown) => {
    // An app may fix its own orientation; that is not a leftover of a module.
    if (!(error instanceof WebDriverError)) throw error
  })
}
