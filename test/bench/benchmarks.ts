import type { Benchmark } from './benchmark.js'
import { android } from './benchmarks/android.js'
import { allocation } from './benchmarks/allocation.js'
import { gateway } from './benchmarks/gateway.js'
import { liveView } from './benchmarks/live-view.js'
import { underLoad } from './benchmarks/load.js'
import { longModules, shortModules } from './benchmarks/many-modules.js'
import { memory } from './benchmarks/memory.js'
import { nextModule } from './benchmarks/next-module.js'
import { network } from './benchmarks/network.js'
import { faultyPhones } from './benchmarks/phone-faults.js'
import { remoteRole } from './benchmarks/remote-role.js'
import { strategyContest } from './benchmarks/strategies.js'
import { stressed } from './benchmarks/stress.js'
import { together } from './benchmarks/together.js'
import { trace } from './benchmarks/trace.js'
import { useDevicePass } from './benchmarks/use-device.js'

/** All benchmarks, in the order in which they run. */
export const benchmarks: readonly Benchmark[] = [
  longModules,
  shortModules,
  nextModule,
  useDevicePass,
  trace,
  together,
  allocation,
  underLoad,
  memory,
  gateway,
  remoteRole,
  network,
  liveView,
  strategyContest,
  stressed,
  android,
  faultyPhones,
]
