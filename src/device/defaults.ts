/**
 * The defaults of the command line and of devices.json. Help texts and JSON Schemas are made from them, and the tables of
 * docs/ are tested against them. Times are milliseconds.
 */
export const defaults = {
  devicesFile: 'devices.json',
  outputDirectory: 'baton-report',
  /** Runs that keep their reports. */
  keptRuns: 20,
  /** How often a failed module runs again. */
  retries: 0,
  /** For each test and hook. */
  testTimeoutMs: 60_000,
  /** For a module, from its first line. */
  moduleTimeoutMs: 900_000,
  /** How long a module waits while no online device matches. */
  waitTimeoutMs: 600_000,
  /** How long a shared farm keeps a run after the process that submitted it has died. */
  ownerTtlMs: 60_000,
  /** How long a farm keeps the devices of a silent host reserved. */
  leaseTtlMs: 10_000,
  /** How long modules that run may take to end once their host is stopped. */
  drainTimeoutMs: 300_000,
  /** How long a host waits at its start for a Redis that is not there yet, unless a service manager runs it. */
  giveUpAfterMs: 60_000,
  /** How long a warm farm stays without a run. */
  warmIdleMs: 600_000,
  /** Between two health checks of an idle device. */
  healthCheckIntervalMs: 30_000,
  /** For WebdriverIO's `waitFor…` commands and matchers. */
  waitforTimeoutMs: 5_000,
  /** Until a server of devices.json must be ready. */
  serverTimeoutMs: 30_000,
  /** Of `baton explore`: minutes for all modules, unless it counts iterations. */
  exploreMinutes: 5,
  exploreStrategy: 'mix',
  /** Decisions of one iteration. */
  maxDecisions: 1_000,
  /** How often `baton replay` runs a schedule. */
  replayTimes: 20,
} as const
