import { closest, distance } from 'fastest-levenshtein'
import { BatonError, type SourceLocation } from '../error/baton-error.js'
import type { AttachedRole, ModuleContext } from './module-context.js'

/** @throws BatonError BATON_DEVICE_UNKNOWN where the module has no such role */
export function requireRole(
  context: ModuleContext,
  name: string,
  place: SourceLocation | undefined,
  act: string,
): AttachedRole {
  const role = context.roles.get(name)
  if (role) return role
  const known = [...context.roles.keys()]
  const near = closest(name, known)
  throw new BatonError('BATON_DEVICE_UNKNOWN', `${act} names no role of this module (known: ${known.join(', ')})`, {
    ...(place ? { place } : {}),
    hint:
      near && distance(name, near) <= Math.max(2, name.length / 3)
        ? `did you mean '${near}'?`
        : 'name it in `export const devices` of the module',
  })
}
