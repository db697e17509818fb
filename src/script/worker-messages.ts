import type { ExploreTask } from '../explore/explore-task.js'
import type { ErrorRecord, ModuleEvent } from '../event/run-event.js'
import type { TraceEntry } from '../event/trace.js'
import type { TestCounts } from '../event/verdicts.js'
import type { ResetPolicy, WebdriverOptions } from '../device/device-entry.js'

/**
 * The messages between host and worker. The host starts `worker-main.js`, which loads mocha and WebdriverIO, sends `ready`, and
 * then runs one module at a time.
 *
 * They don't use Node's IPC, because every module could: `process.send`, `process.on('message')`. Instead there are pipes that
 * only the host and the worker's own code know. Each message is one line of JSON; the worker's begin with a secret.
 */

/** The pipes' file descriptors in the worker. Node closes them in the processes that a module starts. */
export const workerPipes = {
  toHost: 3,
  /** Nothing is sent: it closes when the host ends. */
  lifeline: 4,
  fromHost: 5,
} as const

/** The header that names the device, URL-encoded: a request for a new session has no other way to name it. */
export const deviceHeader = 'x-baton-device'

/** Next to the folder in which a module runs: where `attach` puts files for the report. */
export const attachmentsFolder = '.baton-attachments'

/** An open session, as a worker sees it. */
export interface WorkerSession {
  id: string
  /** As the server returned them; a BiDi address leads through the gateway. */
  capabilities: Record<string, unknown>
  /** What the host asked the server for; absent: unknown. */
  requested?: Record<string, unknown>
}

/** One role of a module: the device that was leased for it and how to reach its open session. */
export interface RoleSession {
  role: string
  device: { name: string; labels: string[]; platform: string; udid?: string }
  session: WorkerSession
  /** The gateway of the device's host. */
  gateway: { protocol: 'http' | 'https'; hostname: string; port: number; path: string }
  /** Sent with every command and with the BiDi upgrade. */
  headers: Record<string, string>
  webdriver: WebdriverOptions
  /** How the host resets the device; absent: not at all. */
  reset?: ResetPolicy
}

/** A module that is ready to be loaded. */
export interface LoadableModule {
  id: string
  /** As the user knows it, relative to where the run was started. */
  file: string
  /** For `compileModule` of `src/module`. */
  code: string
  /** Source map (JSON text) of `code`. */
  sourceMap: string
  /** Root of the tree in which the files that were sent with it are unpacked; absolute. */
  directory: string
  /** Place in that tree of the folder where the run was started. */
  base: string
  /** Files of the project that were not sent, as far as the module may look for them; paths in that tree. */
  unsent?: readonly string[]
  /** Whether `unsent` lists all of them. */
  unsentComplete?: boolean
}

export interface MochaOptions {
  timeoutMs: number
  grep?: string
  bail: boolean
  forbidOnly: boolean
  /** Passed on to mocha as they are. */
  more?: {
    retries?: number
    slow?: number
    fgrep?: string
    invert?: boolean
    ui?: 'bdd' | 'tdd' | 'qunit'
    forbidOnly?: boolean
    forbidPending?: boolean
    allowUncaught?: boolean
    asyncOnly?: boolean
    checkLeaks?: boolean
    global?: string[]
  }
}

/** `new`: adds missing snapshots; `all`: also updates and removes others; `none`: writes nothing. */
export const snapshotModes = ['new', 'all', 'none'] as const
export type SnapshotMode = (typeof snapshotModes)[number]

export interface RunModule {
  type: 'run'
  module: LoadableModule
  roles: RoleSession[]
  firstRole: string
  mocha: MochaOptions
  /** What happens to stored snapshots; default `none`. */
  updateSnapshots?: SnapshotMode
  /** Explore the module, instead of running it once. */
  explore?: ExploreTask
  /** Hash of the module's bundle, for schedules. */
  bundleHash?: string
  /** The whole environment that the module sees. */
  env: Record<string, string>
  /** name → base URL, e.g. `http://127.0.0.1:41234`. */
  servers: Record<string, string>
  /** Which of its attempts the run wants a trace of; absent: not of this one. */
  trace?: 'on' | 'retain-on-failure'
  /** `--inspect`: no deadlines, `browser.debug()` allowed. */
  inspect: boolean
  /** Set if the first setup file is a WebdriverIO configuration. `hooks`: the hooks that it has. */
  wdio?: { file: string; hooks: string[] }
}

export type HostToWorker =
  | RunModule
  /** The artifacts are collected: the answer to `failing`. */
  | { type: 'resume' }
  /** The deadline has passed; the worker answers with `pending`, unless the module blocks it. */
  | { type: 'locate' }

/** A line of the user's, as errors show it. */
export type ShownPlace = Pick<ErrorRecord, 'place' | 'stack' | 'codeFrame'>

/**
 * What was seen of one attempt in its worker: by the worker itself, or, if its process ended or was stopped, by the host. From
 * this the host judges the attempt.
 */
export interface WorkerReport {
  /** `interrupted`: the host stopped it. */
  verdict: 'passed' | 'failed' | 'skipped' | 'interrupted'
  /** False if the module's first line never ran. */
  started: boolean
  counts: TestCounts
  /** Why the module as a whole failed: it threw while loading, left `.only` behind, passed its deadline, … */
  error?: ErrorRecord
  /** The module failed before it could drive a device. */
  untouched?: boolean
  /** The network to a device's host was broken while the module sent a command to the device. */
  unreachable?: { device: string; message: string }
  /**
   * Set by the host if the process ended before the worker reported. `exitCode`: the module ended the process itself
   * (`process.exit()`); `signal`: it was killed, from outside or (SIGABRT) because it ran out of memory.
   */
  workerEnd?: { exitCode?: number; signal?: string }
}

/** Entries in one part of a trace. */
export const maxInTracePart = 500

/** Some entries of a trace. */
export interface TracePart {
  entries: TraceEntry[]
  /** How many earlier entries of the module are missing. */
  dropped: number
  /** No other part follows. */
  last: boolean
}

export type WorkerToHost =
  | { type: 'ready' }
  /** The module's first line is about to run: its deadline counts from here. */
  | { type: 'started' }
  /** A test or hook starts. If the deadline passes in it, the message names it. `at`: where it was registered. */
  | { type: 'running'; title: string[]; role: string; at?: ShownPlace }
  /** What the module waits for: the answer to `locate`. */
  | { type: 'pending'; called?: string; at?: ShownPlace }
  /** A test or hook has failed for good. The module waits until the host answers `resume`. */
  | { type: 'failing'; title: string[] }
  /** The module appends to a file that doesn't exist in its folder; absolute. */
  | { type: 'append'; file: string }
  /** What the module did: sent once, before `done`, or after `pending`, in several parts if it is long. */
  | ({ type: 'trace' } & TracePart)
  | { type: 'event'; event: ModuleEvent & { at: number } }
  | {
      type: 'done'
      report: WorkerReport
      /** Why this process should not be used again; absent: it may be. */
      retire?: string
    }
