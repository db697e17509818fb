import type { RunApp } from './read-app.js'
import type { AttemptOptions } from '../host/attempt/attempt-options.js'

/** What one run was asked to do, every default filled in. Times are milliseconds. */
export interface RunOptions {
  /** Labels that narrow every role with a selector by label, and modules that name no device. */
  on: readonly string[]
  /** How often a failed module runs again. */
  retries: number
  /** How long a module waits while no online device matches. */
  waitTimeoutMs: number
  /** Stop the run at the first failed module. */
  bail: boolean
  /** The apps that modules name by their hashes, each once. */
  apps: readonly RunApp[]
  /** Sent with every module. */
  execution: AttemptOptions
  /** Suite → options that apply to its modules instead. */
  suites?: Readonly<Record<string, SuiteOptions>>
}

export type SuiteOptions = Pick<RunOptions, 'retries' | 'execution'>
