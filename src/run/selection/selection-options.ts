import type { DeviceCoverage } from './cover-devices.js'
import type { Shard } from './shard.js'

/** Which modules a run takes, and which devices they may have. */
export interface SelectionOptions {
  /** Labels that narrow every role with a selector by label. */
  on: readonly string[]
  /** Set if each module runs on every device that can take it. */
  every?: DeviceCoverage
  /** With `every`: the modules of each device one after another, by path. */
  inOrder?: boolean
  /** Only what failed last time: with `every`, only on the devices on which it did. */
  lastFailed?: boolean
  shard?: Shard
  /** How often each module runs; default: once. */
  repeat?: number
}
