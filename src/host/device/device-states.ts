/**
 * The states of a device on its own host. Each event has an entry for each state, even if nothing changes: an event that
 * arrives late is not ignored by accident.
 *
 * The farm decides when a device is checked and leased; the driver reports that a device left or is back; the device actor
 * reports the results of its checks. `closed` is final: the host stops.
 */
export const deviceActorStates = ['offline', 'checking', 'idle', 'leased', 'quarantined', 'closed'] as const
export type DeviceActorState = (typeof deviceActorStates)[number]

export const deviceEvents = [
  /** A lease takes the device. */
  'offer',
  /** Its module ended, and the device needs no check before the next one. */
  'return',
  /** The farm wants the device to be made ready for its next module. */
  'check',
  /** The check succeeded. */
  'ready',
  /** The check failed: the device is not fit to serve. */
  'unfit',
  /** The check failed: no session could be opened, several times in a row. */
  'unopenable',
  /** A health check between modules succeeded. */
  'healthy',
  /** A health check between modules failed. */
  'unhealthy',
  /** The driver reports that the device left or no longer answers. */
  'lost',
  /** The driver reports that the device may be well again. */
  'back',
  /** The device's Appium server ended. */
  'server-lost',
  /** The host stops. */
  'close',
] as const
export type DeviceEvent = (typeof deviceEvents)[number]

/** What the actor does on a transition. */
export type DeviceEffect =
  /** Gets a session ready for the lease. */
  | 'serve'
  /** Rejects the offer. */
  | 'refuse'
  /** Runs the check; its result is the next event. */
  | 'make-ready'
  /** Ends what the driver and the recorder do for a module. */
  | 'release'
  /** Gives up the session of a device that left. */
  | 'force-close-session'
  /** Forgets the session of a server that ended. */
  | 'forget-session'
  | 'clear-quarantine'
  /** Tells the farm that the device is offline. */
  | 'report-offline'
  /** Asks the farm for a check. */
  | 'request-check'
  /** Later, and the later the more checks failed in a row. */
  | 'schedule-health-check'
  | 'stop-health-checks'

export interface Transition {
  state: DeviceActorState
  effects: readonly DeviceEffect[]
}

const to = (state: DeviceActorState, ...effects: DeviceEffect[]): Transition => ({ state, effects })

const startCheck = to('checking', 'stop-health-checks', 'make-ready')
const leave = to('offline', 'force-close-session', 'report-offline', 'schedule-health-check')
const stop = to('closed', 'stop-health-checks')

/** A device that is not offered: only a check brings it back. */
const outOfPool = (state: 'offline' | 'quarantined'): Record<DeviceEvent, Transition> => ({
  offer: to(state, 'refuse'),
  return: to(state, 'release'),
  check: startCheck,
  // The result of a check during which the device left.
  ready: to(state),
  unfit: to(state, 'schedule-health-check'),
  unopenable: to(state, 'schedule-health-check'),
  // The farm may miss the request: the next health check repeats it.
  healthy: to(state, 'clear-quarantine', 'request-check', 'schedule-health-check'),
  unhealthy: to(state, 'schedule-health-check'),
  lost: leave,
  back: to(state, 'clear-quarantine', 'request-check', 'schedule-health-check'),
  'server-lost': to(state, 'forget-session'),
  close: stop,
})

const transitions: Record<DeviceActorState, Record<DeviceEvent, Transition>> = {
  offline: outOfPool('offline'),
  // Somebody asks for the check: it is worth another try.
  quarantined: { ...outOfPool('quarantined'), check: to('checking', 'clear-quarantine', ...startCheck.effects) },
  checking: {
    offer: to('checking', 'refuse'),
    return: to('checking'),
    check: startCheck,
    ready: to('idle', 'schedule-health-check'),
    unfit: to('offline', 'schedule-health-check'),
    unopenable: to('quarantined', 'schedule-health-check'),
    healthy: to('checking'),
    unhealthy: to('checking'),
    lost: leave,
    back: to('checking', 'clear-quarantine', 'request-check'),
    'server-lost': to('checking', 'forget-session', 'request-check'),
    close: stop,
  },
  idle: {
    offer: to('leased', 'stop-health-checks', 'serve'),
    return: to('idle'),
    check: startCheck,
    ready: to('idle'),
    unfit: to('idle'),
    unopenable: to('idle'),
    healthy: to('idle', 'schedule-health-check'),
    unhealthy: to('offline', 'report-offline', 'schedule-health-check'),
    lost: leave,
    back: to('idle', 'clear-quarantine', 'request-check'),
    'server-lost': to('idle', 'forget-session', 'request-check'),
    close: stop,
  },
  leased: {
    offer: to('leased', 'serve'),
    return: to('idle', 'release', 'schedule-health-check'),
    check: startCheck,
    ready: to('leased'),
    unfit: to('leased'),
    unopenable: to('leased'),
    healthy: to('leased'),
    unhealthy: to('leased'),
    lost: leave,
    // The farm checks the device when the lease ends.
    back: to('leased', 'clear-quarantine', 'request-check'),
    'server-lost': to('leased', 'forget-session', 'request-check'),
    close: stop,
  },
  closed: {
    offer: to('closed', 'refuse'),
    return: to('closed', 'release'),
    check: to('closed', 'refuse'),
    ready: to('closed'),
    unfit: to('closed'),
    unopenable: to('closed'),
    healthy: to('closed'),
    unhealthy: to('closed'),
    lost: to('closed', 'force-close-session'),
    back: to('closed'),
    'server-lost': to('closed', 'forget-session'),
    close: to('closed'),
  },
}

/** The state that follows, and what has to be done. Pure. */
export function transitionOf(state: DeviceActorState, event: DeviceEvent): Transition {
  return transitions[state][event]
}

/**
 * How many checks have failed in a row. The result of a health check that comes when a check or a module has the device does
 * not count. Pure.
 */
export function failuresAfter(state: DeviceActorState, event: DeviceEvent, failures: number): number {
  const isInUse = state === 'checking' || state === 'leased'
  if (event === 'lost') return 1
  if (event === 'ready' || (event === 'healthy' && state === 'idle')) return 0
  if (event === 'unfit' || event === 'unopenable' || (event === 'unhealthy' && !isInUse)) return failures + 1
  return failures
}
