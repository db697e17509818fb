import type { AttemptVerdict, ModuleVerdict, TestCounts, TestState } from './verdicts.js'

/**
 * The one stream of a run. Everything that happens is one of these, appended to the run's Redis stream by whoever
 * saw it, copied to `events.ndjson` by the run process, and read by every report. Additions are fine; a change of
 * meaning raises `EVENTS_VERSION`.
 */
export const EVENTS_VERSION = 1

/** An error as data: what a report needs, stacks already mapped to the source. */
export interface ErrorRecord {
  name: string
  message: string
  stack?: string
  /** BatonError's code. */
  code?: string
  hint?: string
  /** Both sides of a failed comparison, as text, where the assertion offered them. */
  expected?: string
  actual?: string
  /** The device that was active when the error was caught. */
  device?: string
}

/** One pass of the baton: which role acts from here on, and where the script said so. */
export interface BatonPass {
  role: string
  device: string
  /** `file:line:column` of the useDevice call, or of the start of the runnable that began there. */
  place?: string
  at: number
}

/** What one branch of a test did when another failed, or when none could go on. */
export interface BranchPosition {
  /** Role of the branch; `alice › bob` for a branch inside of one; empty for the test itself. */
  branch: string
  device: string
  /** `waits at barrier 'ringing' for bob`, `in elementClick`, `had ended`, … */
  doing: string
  /** `file:line:column`. */
  place?: string
}

/** `stopped`: because another branch had failed. */
export type BranchEnd = 'passed' | 'failed' | 'stopped'

/** What a branch waits for: its barrier, a signal, or the end of other branches. */
export type WaitKind = 'barrier' | 'signal' | 'branch'

/** A branch of `parallel` or `start`, or the test itself, and where its script says what it does. */
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
  /** Path as the user knows it, relative to where the run was started, with `/`. */
  file: string
  firstRole: string
  /** role → what it asks for, as canonical text: labels joined by `,`, or `name=<device>`, or `` for any device. */
  roles: Record<string, string>
  /** The device that it stands for, where a run covers every device: the same file may be listed for others. */
  device?: string
  /** Milliseconds that it took before, where that is known. */
  expectedMs?: number
  /** The suite of the plan that it belongs to: one file may be a module of several. */
  suite?: string
}

/** What a file shows of a device: its screen, what the screen is made of, what its browser or itself has logged, a film. */
export const artifactKinds = ['screenshot', 'source', 'browser-log', 'device-log', 'video'] as const
export type ArtifactKind = (typeof artifactKinds)[number]

/** What the worker tells about the module it executes. */
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
      /** True where mocha will run this test again, so that this end is not its result. */
      willRetry?: boolean
      error?: ErrorRecord
      /** Passes of the baton before the failure, oldest first, at most the last 20. */
      trail?: BatonPass[]
      /** Where its other branches were then. */
      branches?: BranchPosition[]
    }
  | ({ type: 'baton:pass' } & Omit<BatonPass, 'at'>)
  | ({ type: 'branch:start' } & BranchAct)
  | ({ type: 'branch:end'; state: BranchEnd } & BranchAct)
  /** It waits from here on, until `branch:resume`. */
  | ({ type: 'branch:wait'; on: WaitKind; name: string } & BranchAct)
  | ({ type: 'branch:resume'; on: WaitKind; name: string } & BranchAct)
  | ({ type: 'barrier:arrive'; name: string; missing: string[] } & BranchAct)
  | ({ type: 'signal'; name: string } & BranchAct)
  | { type: 'log'; stream: 'stdout' | 'stderr'; text: string; title?: string[] }

/** Where a module event belongs; added by the host. */
export interface AttemptRef {
  module: string
  /** The lease under which it happened; unique for each execution. */
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
      /** A part of the run that waits for others has begun or ended. */
      type: 'stage'
      stage: string
      state: 'begun' | 'passed' | 'failed' | 'skipped'
      /** Of `skipped`: which stage it needed. */
      reason?: string
    }
  | { type: 'device:state'; device: string; host: string; state: string; reason?: string }
  | ({ type: 'attempt:start'; attempt: number; host: string; devices: Record<string, string> } & AttemptRef)
  | (ModuleEvent & AttemptRef)
  | ({
      /** A file that explains a failure, before the end of what failed; or a video of the attempt, before its end. */
      type: 'artifact'
      attempt: number
      /** Of the test or hook that failed; absent: the module as a whole, videos included. */
      title?: string[]
      role: string
      device: string
      kind: ArtifactKind
      /** As the device's driver calls it: `screenshot.png`. */
      name: string
      bytes: number
      /** Its main point in one line, such as a crash of the app under test. */
      summary?: string
      /** In the run's stream: by what the run process fetches it. */
      key?: string
      /** Once the run process has written it: below the folder of the run's report, with `/`. */
      path?: string
      /** Why there is none. */
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
      /** Why the module as a whole failed (load error, deadline, lost worker) or was given back. */
      error?: ErrorRecord
    } & AttemptRef)
  | {
      type: 'module:end'
      module: string
      verdict: ModuleVerdict
      /** Attempts that count, infrastructure excluded. */
      attempts: number
      /** The lease of the attempt whose result was recorded; absent where none ran. */
      lease?: string
      /** For `lost` and `not-run`: every reason, oldest first. */
      reasons?: string[]
    }
  | { type: 'run:end'; exitCode: number; durationMs: number; interrupted?: string }

export type ArtifactEvent = Extract<RunEventBody, { type: 'artifact' }>

export type RunEvent = RunEventBody & {
  /** Milliseconds since the epoch, on the clock of the process that saw it. */
  at: number
}
