/** Why a module was not run, as hosts report it: they do not know why the run was stopped. */
export const runStopped = 'its run was stopped'
