import { resolveRole } from './device-scope.js'
import { deviceInfo, requireScope, type AttachedRole, type DeviceInfo } from './module-context.js'
import { BatonError } from '../error/baton-error.js'

/**
 * Returns the active device: the one that `$` and `browser` mean here.
 *
 * @throws BatonError BATON_NO_TEST outside a test or hook, BATON_TEST_OVER after its end, BATON_SHARED_BATON if code that
 *   runs at the same time without its own useDevice() acted on the same device, BATON_BRANCH_STOPPED if another branch has
 *   failed
 */
export function activeDevice(): DeviceInfo {
  return deviceInfo(activeRole('activeDevice()').session)
}

/**
 * Returns the active role.
 * @param what - what the user used, for the message: `$`
 * @throws as `activeDevice`
 */
export function activeRole(what: string): AttachedRole {
  const { context, scope } = requireScope(what)
  const role = context.roles.get(resolveRole(scope))
  if (!role) throw new BatonError('BATON_NO_DEVICE', `${what} was used, but no device is active`)
  return role
}
