import type { ErrorCode } from '../../error/codes.js'
import { codes } from '../../error/codes.js'
import type { ErrorRecord, ModuleEvent } from '../../event/run-event.js'
import type { WorkerReport } from '../worker-messages.js'

/** A failed test or hook. */
export type FailedTest = Extract<ModuleEvent, { type: 'test:end' }>

/** A module that fails whatever the order of its operations is: it has to be fixed before it can be explored. */
export class ModuleFailure extends Error {
  constructor(
    private readonly tests: readonly FailedTest[],
    private readonly error: ErrorRecord | undefined,
  ) {
    super(error?.message ?? 'a test failed')
  }

  /** Reports the failures as those of a module that is not explored. */
  report(emit: (event: ModuleEvent) => void): WorkerReport {
    for (const test of this.tests) emit(test)
    const counts = { passed: 0, failed: this.tests.length, pending: 0 }
    return { verdict: 'failed', started: true, counts, ...(this.error && { error: this.error }) }
  }
}

/** Errors of scripts that say that a call is wrong. */
const wrongCalls = new Set<ErrorCode>([
  'BATON_DEVICE_UNKNOWN',
  'BATON_NO_TEST',
  'BATON_NO_DEVICE',
  'BATON_ROLES_DIFFER',
  'BATON_BRANCH_USAGE',
  'BATON_SESSION_OWNED',
  'BATON_DEBUG_REFUSED',
  'BATON_MULTIREMOTE',
  'BATON_TOO_LATE',
  'BATON_SERVER_UNKNOWN',
  'BATON_ATTACHMENT',
  'BATON_NETWORK_USAGE',
  'BATON_NETWORK_UNAVAILABLE',
  'BATON_FILE_NOT_SHIPPED',
])
/** Node's message if a computed import is not found. */
const missingModule = /^Cannot find (?:module|package) '/

/** Whether an error is a mistake in the module or its configuration, and not a fault of the app. */
export function isMistake({ code, message }: ErrorRecord): boolean {
  if (code === undefined) return missingModule.test(message)
  return isCode(code) && (codes[code].class === 'ConfigError' || wrongCalls.has(code))
}

function isCode(code: string): code is ErrorCode {
  return Object.hasOwn(codes, code)
}
