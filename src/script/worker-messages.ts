import type { ErrorRecord, ModuleEvent } from '../event/run-event.js'
import type { TestCounts } from '../event/verdicts.js'
import type { WebdriverOptions } from '../device/device-entry.js'

/**
 * What host and worker say to one another over Node's IPC channel. The host forks `worker-main.js`, which loads mocha
 * and WebdriverIO, says `ready`, and then executes one module at a time.
 */

/** One role of a module: the device that was leased for it and how to reach its open session. */
export interface RoleSession {
  role: string
  device: { name: string; labels: string[]; platform: string; udid?: string }
  session: { id: string; capabilities: Record<string, unknown> }
  /** The gateway of the device's host. */
  gateway: { protocol: 'http' | 'https'; hostname: string; port: number; path: string }
  /** Sent with every command and with the BiDi upgrade. */
  headers: Record<string, string>
  webdriver: WebdriverOptions
}

/** A module made ready to be loaded: see src/module/bundle.ts. */
export interface LoadableModule {
  id: string
  /** As the user knows it, relative to where the run was started. */
  file: string
  /** For `compileModule` of `src/module`. */
  code: string
  /** Source map (JSON text) of `code`. */
  sourceMap: string
  /** Root of the tree in which the files that travel with it were unpacked; absolute. */
  directory: string
  /** Place in that tree of the folder where the run was started. */
  base: string
}

export interface MochaOptions {
  timeoutMs: number
  grep?: string
  bail: boolean
  forbidOnly: boolean
}

export interface RunModule {
  type: 'execute'
  module: LoadableModule
  roles: RoleSession[]
  firstRole: string
  mocha: MochaOptions
  /** The whole environment that the module sees. */
  env: Record<string, string>
  /** name → base URL, e.g. `http://127.0.0.1:41234`. */
  servers: Record<string, string>
  /** `--inspect`: no deadlines, `browser.debug()` allowed. */
  inspect: boolean
}

export type HostToWorker =
  | RunModule
  /** The devices have been looked at: the answer to `failing`. */
  | { type: 'go-on' }
  | { type: 'stop'; reason: string }

/** How the execution ended, as far as the worker can know. */
export interface WorkerReport {
  verdict: 'passed' | 'failed' | 'skipped' | 'interrupted'
  counts: TestCounts
  /** Why the module as a whole failed: it threw while loading, left `.only` behind, passed its deadline, … */
  error?: ErrorRecord
  /** The module failed before anything of it could drive a device. */
  untouched?: boolean
  /**
   * Set by the host where the worker process ended before it was done. `exitCode`: the module ended the process itself
   * (`process.exit()`); `signal`: it was killed, from outside or (SIGABRT) by running out of memory.
   */
  workerEnd?: { exitCode?: number; signal?: string }
}

export type WorkerToHost =
  | { type: 'ready' }
  /** The module's first line is about to run: its deadline counts from here. */
  | { type: 'started' }
  /** A test or hook begins; for the message of a deadline that passes in it. */
  | { type: 'running'; title: string[]; role: string }
  /** A test or hook has failed for good: nothing goes on until the host answers `go-on`. */
  | { type: 'failing'; title: string[] }
  | { type: 'event'; event: ModuleEvent & { at: number } }
  | {
      type: 'done'
      outcome: WorkerReport
      /** Set where this process should not be used again, and why. */ retire?: string
    }
