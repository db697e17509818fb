/** The class of an error decides what happens next: see docs/errors.md. */
export type ErrorClass =
  'ConfigError' | 'ScriptError' | 'DeviceLostError' | 'SessionError' | 'LeaseLostError' | 'InternalError'

interface CodeEntry {
  class: ErrorClass
  meaning: string
}

const entry = (errorClass: ErrorClass, meaning: string): CodeEntry => ({ class: errorClass, meaning })

/** All error codes. docs/errors.md is tested against this table. */
export const codes = {
  BATON_USAGE: entry('ConfigError', 'the command line is wrong'),
  BATON_CONFIG_INVALID: entry('ConfigError', 'a configuration file has a mistake'),
  BATON_CONFIG_MISSING: entry('ConfigError', 'a configuration file does not exist'),
  BATON_ENV_MISSING: entry('ConfigError', 'an environment variable that the configuration uses is not set'),
  BATON_TOOL_MISSING: entry('ConfigError', 'a required program is not installed'),
  BATON_REPORT_UNREADABLE: entry('ConfigError', 'the events of a run cannot be read'),
  BATON_RUN_UNKNOWN: entry('ConfigError', 'the farm has no such detached run'),
  BATON_NO_MODULES: entry('ConfigError', 'no module matched'),
  BATON_MODULE_SYNTAX: entry('ConfigError', 'a module has a syntax error'),
  BATON_MODULE_IMPORT: entry('ConfigError', 'an import of a module cannot be resolved'),
  BATON_MODULE_ADDON: entry('ConfigError', 'a module needs a native addon that cannot be bundled'),
  BATON_MODULE_FILES: entry('ConfigError', 'a file that a module lists cannot be sent'),
  BATON_DEVICE_COMPUTED: entry('ConfigError', 'a device name is computed and `export const devices` is missing'),
  BATON_DEVICE_NAME: entry('ConfigError', 'the name of a device is invalid'),
  BATON_DEVICES_EXPORT: entry('ConfigError', '`export const devices` cannot be read'),
  BATON_NEEDS_IMPOSSIBLE: entry('ConfigError', 'no set of devices on the farm can fill the roles of a module'),
  BATON_NEEDS_MIXED: entry('ConfigError', 'a module that names no device could run on several platforms'),
  BATON_ONLY_IN_CI: entry('ConfigError', '.only was left in a module and CI is set'),
  BATON_SERVER_FAILED: entry('ConfigError', 'a server of the run did not become ready'),
  BATON_DEVICE_UNKNOWN: entry('ScriptError', 'useDevice names no role of the module'),
  BATON_NO_TEST: entry('ScriptError', 'a device was used outside of a test or hook'),
  BATON_NO_DEVICE: entry('ScriptError', 'no device is active'),
  BATON_ROLES_DIFFER: entry('ScriptError', 'a value was read while a module loads, and its devices differ'),
  BATON_SHARED_BATON: entry('ScriptError', 'two branches share one active device'),
  BATON_DEVICE_HELD: entry('ScriptError', 'a branch used a device that another branch holds'),
  BATON_BRANCH_USAGE: entry(
    'ScriptError',
    '`parallel`, `barrier`, `choose` or the like was called with wrong arguments',
  ),
  BATON_BRANCH_STOPPED: entry(
    'ScriptError',
    'a branch was stopped because another one failed, or because its test ended',
  ),
  BATON_BRANCH_NOT_AWAITED: entry('ScriptError', 'a test ended before its branches, or did not await them'),
  BATON_BRANCH_TIMEOUT: entry('ScriptError', 'a barrier or a signal timed out'),
  BATON_BARRIER_BROKEN: entry('ScriptError', 'a branch ended without reaching a barrier'),
  BATON_DEADLOCK: entry('ScriptError', 'every branch waits for another one'),
  BATON_TEST_OVER: entry('ScriptError', 'a test that has ended still sends commands'),
  BATON_SESSION_OWNED: entry('ScriptError', 'a script asked for what only the host of a session may do'),
  BATON_SESSION_ENDED: entry('ScriptError', 'a script used a session that it had ended'),
  BATON_LAST_WINDOW_CLOSED: entry('ScriptError', 'a script closed its last window, which ended its session'),
  BATON_DEBUG_REFUSED: entry('ScriptError', 'browser.debug() was called without --inspect'),
  BATON_MULTIREMOTE: entry('ScriptError', 'a script used the multiremote of WebdriverIO'),
  BATON_TOO_LATE: entry('ScriptError', 'a function for the top level of a module was called in a test'),
  BATON_SERVER_UNKNOWN: entry('ScriptError', 'serverUrl names no server of the run'),
  BATON_ATTACHMENT: entry('ScriptError', '`attach` was called with a wrong name or value'),
  BATON_NETWORK_USAGE: entry('ScriptError', '`network` was called with wrong arguments'),
  BATON_NETWORK_TIMEOUT: entry('ScriptError', 'an awaited message of a device did not come'),
  BATON_NETWORK_UNAVAILABLE: entry('ScriptError', 'the network of a device cannot be controlled'),
  BATON_FILE_NOT_SHIPPED: entry('ScriptError', 'a module reads a file that was not sent with it'),
  BATON_MODULE_TIMEOUT: entry('ScriptError', 'a module timed out and was stopped'),
  BATON_WORKER_LOST: entry('ScriptError', 'the worker process ended while it ran a module'),
  BATON_DEVICE_LOST: entry('DeviceLostError', 'a device stopped answering'),
  BATON_DEVICE_UNFIT: entry('DeviceLostError', 'a device failed its health check and is not offered'),
  BATON_DEVICE_QUARANTINED: entry('DeviceLostError', 'a device failed repeatedly and is no longer offered'),
  BATON_DEVICE_TAKEN: entry('ConfigError', 'another live host already serves a device with that name or udid'),
  BATON_HOST_TAKEN: entry('ConfigError', 'a live host on another machine has the same name'),
  BATON_APP_REFUSED: entry('SessionError', 'the app under test could not be installed or started'),
  BATON_SESSION_FAILED: entry('SessionError', 'a session could not be opened'),
  BATON_SESSION_LOST: entry('SessionError', 'a session ended while a module used it'),
  BATON_APPIUM_FAILED: entry('SessionError', 'the Appium server did not start, or ended'),
  BATON_LEASE_LOST: entry('LeaseLostError', 'the lease of a module expired'),
  BATON_GATEWAY_UNREACHABLE: entry('ConfigError', 'other hosts cannot reach the gateway of a host'),
  BATON_HOST_REFUSED: entry('ConfigError', 'the host of a run did not start'),
  BATON_HOST_LOST: entry('DeviceLostError', 'the host of a run ended unexpectedly'),
  BATON_WAIT_TIMEOUT: entry('DeviceLostError', 'no online device matched a module in time'),
  BATON_PROTOCOL_MISMATCH: entry('ConfigError', 'two versions of Baton use one farm'),
  BATON_REDIS: entry('InternalError', 'Redis is unreachable or returned an error'),
  BATON_WRITE_FAILED: entry('InternalError', 'a file cannot be written, for example because the disk is full'),
  BATON_INTERNAL: entry('InternalError', 'there is a bug in Baton'),
} as const satisfies Record<string, CodeEntry>

export type ErrorCode = keyof typeof codes
