/** What one script, one reply or one run may take of the farm's Redis. The scripts read the same numbers as `LIMIT`. */
export const limits = {
  /** Grants in one reply: enough to keep a host busy, few enough to keep the script short. */
  grants: 16,
  /** Leases that one script releases. */
  releases: 16,
  /** Leases or devices that a host sends in one call. */
  hostBatch: 50,
  /** Devices, jobs or stages that one script reads or changes. */
  batch: 100,
  /** Changes and failures that the farm remembers of each device. */
  deviceLog: 50,
  /** Sessions that the farm remembers of each device. */
  deviceSessions: 50,
  /** Characters of a reason that the farm remembers. */
  reasonLength: 500,
  /** Milliseconds that the farm remembers a device that its host no longer has: 30 days. */
  deviceHistoryMs: 30 * 24 * 3_600_000,
  /** Stages that one script advances. */
  stages: 32,
  /** Free devices up to which the scheduler counts what they match: with more, that costs more than it saves. */
  countedDevices: 8,
  /** Needs whose definitions are read at once. */
  definitions: 16,
  /** Bytes of a run's events from which on details (passes, branches, signals, output) are dropped. */
  detailBytes: 64 * 1024 * 1024,
  /** Bytes of a run's events from which on tests that did not fail are dropped as well. Results and failures never are. */
  testBytes: 128 * 1024 * 1024,
  /** Bytes of artifacts that wait in Redis for the run process. */
  artifactBytes: 256 * 1024 * 1024,
  /** How many of these bytes videos may take, so that there is always room for screenshots and logs. */
  videoBytes: 192 * 1024 * 1024,
  /** Milliseconds until a lapsed run is reported again if nobody has cleaned it up. */
  lapsedRunMs: 5_000,
  /** Milliseconds that a cancelled run without an owner is kept. */
  cancelledRunMs: 3_600_000,
  /** Milliseconds by which the farm's clock advances at most between two scripts if neither a host nor an owner of a run is there. */
  clockGapMs: 30_000,
  /** Processes whose monotonic clocks the farm's clock is compared with. */
  clockCallers: 10_000,
  /** Milliseconds between two schedules of a farm in which nothing lapses or becomes due. */
  idleWakeMs: 60_000,
} as const
