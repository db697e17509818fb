import { hasErrorCode } from '../error/error-text.js'
/**
 * Sends a signal to a whole process group.
 * @returns false where no process of the group is left; a group of zombies alone still counts as there
 */
export function signalGroup(pgid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pgid, signal)
  } catch (error) {
    // EPERM: macOS answers so where only zombies are left; ESRCH: the group is empty.
    if (hasErrorCode(error, 'ESRCH', 'EPERM')) return false
    throw error
  }
}
