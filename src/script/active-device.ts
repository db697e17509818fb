import { resolveRole } from './device-scope.js'
import { deviceInfo, requireScope, type AttachedRole, type DeviceInfo } from './module-context.js'
import { BatonError } from '../error/baton-error.js'

/**
 * The device that holds the baton in this branch of execution.
 *
 * @throws BatonError BATON_NO_TEST outside of a test or hook, BATON_TEST_OVER after its end,
 *   BATON_SHARED_BATON where another branch acts under the same baton
 */
export function activeDevice(): DeviceInfo {
  return deviceInfo(activeRole('activeDevice()').session)
}

/** What `what` means now. @throws as `activeDevice` */
export function activeRole(what: string): AttachedRole {
  const { context, scope } = requireScope(what)
  const role = context.roles.get(resolveRole(scope))
  if (!role) throw new BatonError('BATON_NO_DEVICE', `${what} was used and no device holds the baton`)
  return role
}
