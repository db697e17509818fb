import { hasErrorCode } from '../error/error-text.js'
/**
 * Sends a signal to a whole process group.
 * @returns false if no process of the group is left; zombies count as processes on Linux
 */
export function signalGroup(pgid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pgid, signal)
  } catch (error) {
    // ESRCH: the group is empty. EPERM: on macOS, only zombies are left.
    if (hasErrorCode(error, 'ESRCH', 'EPERM')) return false
    throw error
  }
}
