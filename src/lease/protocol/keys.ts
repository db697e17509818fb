/** Keys of a farm, below its prefix. The scripts have them as `KEY.<name>`; the files in `lua/lib` describe what each holds. */
export const farmKeys = {
  active: 'active',
  audit: 'audit',
  changes: 'changes',
  clock: 'clock',
  devices: 'devices',
  due: 'due',
  empties: 'empties',
  feasible: 'feasible',
  free: 'free',
  hold: 'hold',
  hosts: 'hosts',
  infeasible: 'infeasible',
  lastLease: 'last-lease',
  leases: 'leases',
  needs: 'needs',
  online: 'online',
  protocol: 'protocol',
  quarantined: 'quarantined',
  runs: 'runs',
  secret: 'secret',
  selectors: 'selectors',
  stages: 'stages',
  starting: 'starting',
  udids: 'udids',
  usable: 'usable',
  version: 'version',
} as const

/** Keys that exist once for each device, host, run, …: `KEY_OF.<name>(id)` in the scripts. */
export const keysById = {
  bundle: 'bundle',
  device: 'device',
  deviceLog: 'device-log',
  deviceSessions: 'device-sessions',
  failedOn: 'failed-on',
  freeFor: 'free-for',
  history: 'history',
  host: 'host',
  inbox: 'inbox',
  label: 'label',
  lease: 'lease',
  need: 'need',
  promised: 'promised',
  reasons: 'reasons',
  refused: 'refused',
  run: 'run',
  selectorsOf: 'selectors-of',
  shards: 'shards',
} as const

export type FarmKey = keyof typeof farmKeys
export type KeyById = keyof typeof keysById

/** The Redis stream of a run's events. */
export function runStreamKey(prefix: string, run: string): string {
  return `${prefix}:run:${run}:events`
}
