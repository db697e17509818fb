/** Why a module was not run, in the words of a host, which does not know why its run was stopped. */
export const runStopped = 'its run was stopped'
