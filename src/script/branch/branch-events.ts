import { formatLocation, type SourceLocation } from '../../error/baton-error.js'
import { branchName, roleOf, type Branch } from './branch.js'

/** What every event about a branch has. */
interface BranchEventFields {
  branch: string
  role: string
  device: string
  place?: string
}

/**
 * Returns the common fields of an event about a branch.
 * @param place - where the user's code caused it
 */
export function branchEventFields(branch: Branch, place: SourceLocation | undefined): BranchEventFields {
  const role = roleOf(branch)
  const device = branch.testScope.context.roles.get(role)?.session.device.name ?? role
  return { branch: branchName(branch), role, device, ...(place ? { place: formatLocation(place) } : {}) }
}
