import type { HostSession } from '../../../src/device/driver/host-session.js'
import { errorMessage } from '../../../src/error/error-text.js'
import type { AdbPhone } from '../adb/adb-phone.js'

/** @throws BatonError BATON_DEVICE_LOST if the phone is not attached or its session does not answer */
export async function checkSession(phone: AdbPhone, session: HostSession): Promise<void> {
  phone.assertAttached()
  await session.command('GET', '/orientation').catch((cause: unknown) => {
    throw phone.lostError(`has a session that does not answer: ${errorMessage(cause)}`, undefined, cause)
  })
}
