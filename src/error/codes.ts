/** What happens next, by class; `docs/errors.md` is the same table for people. */
export type ErrorClass =
  'ConfigError' | 'ScriptError' | 'DeviceLostError' | 'SessionError' | 'LeaseLostError' | 'InternalError'

interface CodeEntry {
  class: ErrorClass
  meaning: string
}

const entry = (errorClass: ErrorClass, meaning: string): CodeEntry => ({ class: errorClass, meaning })

/** The one table of error codes. ScriptError fails the test that caused it; the other classes are in docs/errors.md. */
export const codes = {
  BATON_USAGE: entry('ConfigError', 'the command line is wrong'),
  BATON_CONFIG_INVALID: entry('ConfigError', 'a configuration file has a fault'),
  BATON_CONFIG_MISSING: entry('ConfigError', 'a configuration file is not there'),
  BATON_ENV_MISSING: entry('ConfigError', 'an environment variable that the configuration names is not set'),
  BATON_TOOL_MISSING: entry('ConfigError', 'a program that a driver or the farm needs is not installed'),
  BATON_DRIVER_UNAVAILABLE: entry('ConfigError', 'the driver of a device cannot run yet'),
  BATON_REPORT_UNREADABLE: entry('ConfigError', 'the events of a run cannot be read'),
  BATON_RUN_UNKNOWN: entry('ConfigError', 'the farm has no such detached run'),
  BATON_NO_MODULES: entry('ConfigError', 'no module matched'),
  BATON_MODULE_SYNTAX: entry('ConfigError', 'a module does not parse'),
  BATON_MODULE_IMPORT: entry('ConfigError', 'an import of a module cannot be resolved'),
  BATON_MODULE_ADDON: entry('ConfigError', 'a module needs a native addon that does not travel'),
  BATON_MODULE_FILES: entry('ConfigError', 'a file that a module names cannot be sent along'),
  BATON_DEVICE_COMPUTED: entry('ConfigError', 'a device name is computed and `export const devices` is missing'),
  BATON_DEVICE_NAME: entry('ConfigError', 'a device name that no device can have'),
  BATON_DEVICES_EXPORT: entry('ConfigError', '`export const devices` cannot be read'),
  BATON_NEEDS_IMPOSSIBLE: entry('ConfigError', 'no set of devices of the farm can ever take the roles of a module'),
  BATON_NEEDS_MIXED: entry('ConfigError', 'a module without a device of its own could land on several platforms'),
  BATON_ONLY_IN_CI: entry('ConfigError', '.only was left in a module and CI is set'),
  BATON_SERVER_FAILED: entry('ConfigError', 'a server of the run did not become ready'),
  BATON_DEVICE_UNKNOWN: entry('ScriptError', 'useDevice names no role of the module'),
  BATON_NO_TEST: entry('ScriptError', 'a device was used outside of a test or hook'),
  BATON_NO_DEVICE: entry('ScriptError', 'no device holds the baton'),
  BATON_SHARED_BATON: entry('ScriptError', 'two branches act under one baton'),
  BATON_DEVICE_HELD: entry('ScriptError', 'a branch used a device that another branch holds'),
  BATON_BRANCH_USAGE: entry('ScriptError', '`parallel`, `start` or `barrier` was called with what it cannot take'),
  BATON_BRANCH_STOPPED: entry(
    'ScriptError',
    'a branch was stopped because another had failed, or because what began it had ended',
  ),
  BATON_BRANCH_NOT_AWAITED: entry(
    'ScriptError',
    'a test ended before branches that it began, or without awaiting them',
  ),
  BATON_BRANCH_TIMEOUT: entry('ScriptError', 'a barrier or a signal did not come in time'),
  BATON_BARRIER_BROKEN: entry('ScriptError', 'a branch ended without coming to a barrier'),
  BATON_DEADLOCK: entry('ScriptError', 'every branch waits for another'),
  BATON_TEST_OVER: entry('ScriptError', 'a test that is over still sends commands'),
  BATON_SESSION_OWNED: entry('ScriptError', 'a script tried to end or reopen a session that the host owns'),
  BATON_DEBUG_REFUSED: entry('ScriptError', 'browser.debug() outside of --inspect'),
  BATON_TOO_LATE: entry('ScriptError', 'something that belongs at the top level of a module was called in a test'),
  BATON_NO_TESTS: entry('ScriptError', 'a module registered no test'),
  BATON_SERVER_UNKNOWN: entry('ScriptError', 'serverUrl names no server of the run'),
  BATON_FILE_NOT_SHIPPED: entry('ScriptError', 'a module reads a file that did not travel with it'),
  BATON_MODULE_TIMEOUT: entry('ScriptError', 'a module passed its deadline and was stopped'),
  BATON_WORKER_LOST: entry('ScriptError', 'the worker process ended while it executed a module'),
  BATON_DEVICE_LOST: entry('DeviceLostError', 'a device stopped answering'),
  BATON_DEVICE_UNFIT: entry('DeviceLostError', 'a device failed its health check and is not offered'),
  BATON_DEVICE_QUARANTINED: entry('DeviceLostError', 'a device failed repeatedly and is no longer offered'),
  BATON_DEVICE_TAKEN: entry('ConfigError', 'another live host already serves a device of that name or udid'),
  BATON_APP_REFUSED: entry('SessionError', 'the app under test could not be installed or started'),
  BATON_SESSION_FAILED: entry('SessionError', 'a session could not be opened'),
  BATON_SESSION_LOST: entry('SessionError', 'a session ended under a module'),
  BATON_APPIUM_FAILED: entry('SessionError', 'the Appium server did not start or ended'),
  BATON_LEASE_LOST: entry('LeaseLostError', 'the lease of a module lapsed'),
  BATON_HOST_REFUSED: entry('ConfigError', 'the host of a run refused to start'),
  BATON_HOST_LOST: entry('DeviceLostError', 'the host of a run ended by itself'),
  BATON_WAIT_TIMEOUT: entry('DeviceLostError', 'no online device fitted a module in time'),
  BATON_REDIS: entry('InternalError', 'Redis cannot be reached or refuses'),
  BATON_INTERNAL: entry('InternalError', 'a fault of Baton itself'),
} as const satisfies Record<string, CodeEntry>

export type ErrorCode = keyof typeof codes
