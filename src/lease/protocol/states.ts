/** What the farm knows of a device. `leased` and `idle` devices are online, and so is one that is `checking`. */
export const deviceStates = ['offline', 'checking', 'idle', 'leased', 'quarantined'] as const
export type DeviceState = (typeof deviceStates)[number]

/** `draining`: it takes no new modules. `gone`: it has stopped or vanished; its devices are still registered. */
export const hostStates = ['serving', 'draining', 'gone'] as const

/** `lapsed`: its owner has vanished, and hosts clean it up. */
export const runStates = ['open', 'cancelled', 'lapsed'] as const
export type RunStatus = (typeof runStates)[number] | 'gone'

/** `now`: with the online devices, busy ones included. `later`: if offline devices came back. `never`: not even then. */
export const feasibilities = ['now', 'later', 'never'] as const
export type Feasibility = (typeof feasibilities)[number]

/** Why a module was not run, as hosts report it: they do not know why the run was stopped. */
export const runStopped = 'its run was stopped'
