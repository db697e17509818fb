import type { TraceMode } from '../event/trace-mode.js'
import type { VideoMode } from './device-entry.js'

/** `baton.config.ts`: what `baton run` does in a project if the command line says nothing else. Paths are relative to it. */
export interface BatonConfig {
  /** The modules of a run without globs: files, folders or globs. */
  modules?: string | string[]
  /** The file that lists the devices; default `devices.json`. */
  devices?: string
  /** Labels that every device must have, e.g. `['platform=android', 'tablet']`. */
  on?: string[]
  /** How often a failed module runs again; default 0. */
  retries?: number
  /** Deadlines in milliseconds: of a test or hook, of a module, of the wait for a device. */
  timeouts?: { test?: number; module?: number; wait?: number }
  /** As after `--reporter`: `html`, `ctrf=results.json`. */
  reporters?: string[]
  /** Another place for the JUnit report. */
  junit?: string
  /** Files that run before each module. */
  setup?: string[]
  /** Environment variables of modules: values, or the names of variables to pass on. */
  env?: Record<string, string> | string[]
  /** Which attempts keep a record of every command; default `retain-on-failure`. */
  trace?: TraceMode
  /** Which screens are recorded; default: as in the file of devices. */
  video?: VideoMode
  /** Whether the run stops at the first failure; default false. */
  bail?: boolean
  /** Whether nothing runs if one module can't be loaded; default false. */
  strict?: boolean
  /** How many runs keep their reports; default 20. */
  keep?: number
  /**
   * Whether the private farm of a run stays for the next ones, until nobody has used it for 10 minutes, or for this many
   * milliseconds; default false.
   */
  keepWarm?: boolean | number
}

/** Returns the configuration unchanged; for its type, also in JavaScript. */
export function defineConfig(config: BatonConfig): BatonConfig {
  return config
}
