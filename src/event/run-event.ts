import type { Iteration, Minimised } from '../explore/iteration.js'
import type { AttemptVerdict, ModuleVerdict, TestCounts, TestState } from './verdicts.js'

/**
 * Version of the events of a run. Hosts append events to the run's Redis stream; the run process copies them to
 * `events.ndjson`, from which all reports are made. Adding an event or a key keeps the version; changing a meaning raises it.
 */
export const EVENTS_VERSION = 1

/** An error as data. Its stack is already mapped to the source files. */
export interface ErrorRecord {
  name: string
  message: string
  stack?: string
  /** The user's own line that failed, as `file:line:column`. */
  place?: string
  /** The source around that line, numbered and marked. */
  codeFrame?: string
  /** The code of a BatonError. */
  code?: string
  hint?: string
  /** Both sides of a failed comparison, if the assertion has them. */
  expected?: string
  actual?: string
  /** The device that was active when the error was caught. */
  device?: string
}

/** One pass of the baton: which role is active from here on. */
export interface BatonPass {
  role: string
  device: string
  /** `file:line:column` of the useDevice call, or of the test or hook that started with this role. */
  place?: string
  at: number
}

/** The last command that a test sent to a device, as the script called it. */
export interface LastCommand {
  device: string
  command: string
  /** `file:line:column`. */
  place?: string
}

/** What one branch of a test was doing when another one failed, or when all of them were blocked. */
export interface BranchPosition {
  /** Role of the branch; `alice › bob` for a branch inside of one; empty for the test itself. */
  branch: string
  device: string
  /** `waits at barrier 'ringing' for bob`, `in click`, `had ended`, … */
  doing: string
  /** `file:line:column`. */
  place?: string
}

/** What `doing` of a failed branch starts with; its error follows. */
export const failedPrefix = 'failed: '

/** `stopped`: another branch failed. */
export type BranchEnd = 'passed' | 'failed' | 'stopped'

/** What a branch waits for; `branch`: the end of other branches. */
export type WaitKind = 'barrier' | 'signal' | 'branch'

/** Which branch of `parallel` or `start` an event is about, and where in the script it happened. */
interface BranchAct {
  /** Role of the branch; `alice › bob` for a branch inside of one; empty for the test itself. */
  branch: string
  role: string
  device: string
  place?: string
}

/** A module as listed at the start of its run. */
export interface ModuleListing {
  /** Unique in the run. */
  id: string
  /** Path relative to the folder in which the run was started, with `/`. */
  file: string
  firstRole: string
  /** Role → its selector as text: labels joined by `,`, `name=<device>`, or empty for any device. */
  roles: Record<string, string>
  /** With `--every`: the device that this module runs on. The same file is listed once for each device. */
  device?: string
  /** How long it will probably take, in milliseconds, if it has run before. */
  expectedMs?: number
  /** Its suite in the plan. The same file may be listed for several suites. */
  suite?: string
  /** With `--repeat`: counts from 1. The same file is listed once for each. */
  repetition?: number
}

/** `source`: the page source. `trace`: what the module did on all devices; its role is the first one of the module. */
export const artifactKinds = ['screenshot', 'source', 'browser-log', 'device-log', 'video', 'trace'] as const
export type ArtifactKind = (typeof artifactKinds)[number]

/** What a worker reports about the module that it runs. */
export type ModuleEvent =
  | { type: 'module:loaded'; tests: number }
  | { type: 'test:start'; kind: 'test' | 'hook'; title: string[]; retry: number }
  | {
      type: 'test:end'
      kind: 'test' | 'hook'
      /** Suite titles, then the test's own. */
      title: string[]
      state: TestState
      durationMs: number
      /** mocha's own `this.retries`: 0 the first time. */
      retry: number
      /** Mocha will run this test again: this is not its result. */
      willRetry?: boolean
      error?: ErrorRecord
      /** The last 20 passes of the baton before the failure, oldest first. */
      trail?: BatonPass[]
      /** The branch that failed; absent: the test or hook itself. */
      failedBranch?: string
      /** Where the other branches of the test were. */
      branches?: BranchPosition[]
      /** The last command of each device since the test or hook began. */
      lastCommands?: LastCommand[]
    }
  | ({ type: 'baton:pass' } & Omit<BatonPass, 'at'>)
  | ({ type: 'branch:start' } & BranchAct)
  | ({ type: 'branch:end'; state: BranchEnd } & BranchAct)
  /** The branch waits until `branch:resume`. */
  | ({ type: 'branch:wait'; on: WaitKind; name: string } & BranchAct)
  | ({ type: 'branch:resume'; on: WaitKind; name: string } & BranchAct)
  | ({ type: 'barrier:arrive'; name: string; missing: string[] } & BranchAct)
  | ({ type: 'signal'; name: string } & BranchAct)
  /** A test changed the network of a device: `offline`, `hold 'POST /like'`. */
  | { type: 'network'; role: string; device: string; act: string; place?: string }
  | { type: 'log'; stream: 'stdout' | 'stderr'; text: string; title?: string[] }
  /** Something that the user should know although nothing failed. */
  | { type: 'warning'; message: string; hint?: string }
  /** How the module's snapshots compare with the stored ones. A module without snapshots has no such event. */
  | { type: 'snapshots'; counts: SnapshotCounts }
  /** One execution of the module's tests while it is explored. */
  | { type: 'explore:iteration'; iteration: Iteration }
  | { type: 'explore:minimised'; minimised: Minimised }

/** What a module did to a file: it is new, its content changed, it was only appended to, or it was removed. */
export const fileChanges = ['added', 'changed', 'appended', 'deleted', 'attached'] as const
export type FileChange = (typeof fileChanges)[number]

/** Where a written file ended up: in the user's project, or in the report only. */
export const filePlaces = ['project', 'report'] as const
export type FilePlace = (typeof filePlaces)[number]

/** `unchecked`: stored ones that no test compared. */
export const snapshotStates = ['matched', 'added', 'updated', 'unmatched', 'unchecked'] as const
export type SnapshotCounts = Record<(typeof snapshotStates)[number], number>

/** The attempt that an event belongs to; added by the host. */
export interface AttemptRef {
  module: string
  /** The lease of the attempt; unique for each attempt. */
  lease: string
}

export type RunEventBody =
  | {
      type: 'run:start'
      version: number
      run: string
      modules: ModuleListing[]
      options: Record<string, unknown>
    }
  | {
      /** A stage of the run has started or ended. */
      type: 'stage'
      stage: string
      state: 'begun' | 'passed' | 'failed' | 'skipped'
      /** Of `skipped`: the stage that it needs and that did not pass. */
      reason?: string
    }
  | { type: 'device:state'; device: string; host: string; state: string; reason?: string }
  | {
      /** Nothing happens in the run, and modules wait for devices. Each process that follows the run finds that out itself. */
      type: 'module:wait'
      /** The one that comes next. */
      module: string
      /** How many others with the same needs wait. */
      more: number
      /** Role without a free device → its devices and who has them, for people. */
      roles: Record<string, string>
    }
  | ({ type: 'attempt:start'; attempt: number; host: string; devices: Record<string, string> } & AttemptRef)
  | (ModuleEvent & AttemptRef)
  | ({
      /** A file about a failure, before the `test:end` or `attempt:end` that it explains; or a video or trace, before `attempt:end`. */
      type: 'artifact'
      attempt: number
      /** Title of the test or hook that failed; absent if the file is about the module as a whole. */
      title?: string[]
      role: string
      device: string
      kind: ArtifactKind
      /** Name of the file, such as `screenshot.png`. */
      name: string
      bytes: number
      /** Its main point in one line, such as a crash of the app under test. */
      summary?: string
      /** The old name of `summary`, with the same text. Removed with the next minor version. */
      finding?: string
      /** In the run's stream only: the key under which the run process fetches the file. */
      key?: string
      /** In the run's stream only: SHA-256 of the file as the host sent it, in hex. */
      hash?: string
      /** Where the run process has written it: relative to the folder of the report, with `/`. */
      path?: string
      /** Why there is no file. */
      reason?: string
    } & AttemptRef)
  | ({
      /** A file that the module wrote, or attached to its report, before `attempt:end`. */
      type: 'file'
      attempt: number
      /** Relative to the folder in which the run was started, with `/`; starts with `../` if it is not in there. */
      name: string
      change: FileChange
      bytes: number
      /** Absent: it is not. */
      executable?: true
      /** SHA-256 of the content, in hex; absent without content. */
      hash?: string
      /** SHA-256 of the content that was sent with the module, if the file was sent. */
      sent?: string
      /** In the run's stream only: the key under which the run process fetches the file. */
      key?: string
      /** Where the run process has written it; absent: nowhere. */
      place?: FilePlace
      /** Of `report`: relative to the folder of the report, with `/`. */
      path?: string
      /** Why it is not in the project. */
      reason?: string
    } & AttemptRef)
  | ({
      /** Before the attempt's end: so many passes, branches, signals, output lines or passed tests are missing, because the run had too many. */
      type: 'events:dropped'
      count: number
    } & AttemptRef)
  | ({
      type: 'attempt:end'
      attempt: number
      verdict: AttemptVerdict
      durationMs: number
      counts: TestCounts
      /** Why the module failed as a whole (load error, timeout, lost worker) or why it runs again. */
      error?: ErrorRecord
    } & AttemptRef)
  | {
      type: 'module:end'
      module: string
      verdict: ModuleVerdict
      /** How many attempts count: those that failed because of infrastructure do not. */
      attempts: number
      /** The lease of the attempt whose result was recorded; absent if there was none. */
      lease?: string
      /** For `lost` and `not-run`: every reason, oldest first. */
      reasons?: string[]
      /** It replaces an end that was reported before: after a loss of data, the farm has recorded another one. */
      corrected?: true
    }
  | { type: 'run:end'; exitCode: number; durationMs: number; interrupted?: string }

export type ArtifactEvent = Extract<RunEventBody, { type: 'artifact' }>
export type FileEvent = Extract<RunEventBody, { type: 'file' }>

export type RunEvent = RunEventBody & {
  /** Milliseconds since the epoch, on the clock of the process that reported it. */
  at: number
}
