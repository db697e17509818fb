import { BatonError } from '../../error/baton-error.js'
import { errorRecordOf } from '../../event/error-record.js'
import type { ErrorRecord } from '../../event/run-event.js'
import type { WorkerReport } from '../../script/worker-messages.js'
import type { GatewayFault } from '../gateway/gateway-fault.js'
import type { AttemptAbort } from './attempt-abort.js'

/** How an attempt ended, as its host judged it. From this the host records the job's result, or requeues the job. */
export type AttemptOutcome = (
  | { verdict: 'passed' | 'skipped' | 'failed' }
  /**
   * A device, session or worker kept the module from its result: it runs again.
   * `refusedBy`: the device would not install or start the app that the run brings along.
   */
  | { verdict: 'infrastructure'; reason: string; refusedBy?: string }
  /** It was stopped. `cancelled`: its run is over, so it doesn't run again. */
  | { verdict: 'interrupted'; cancelled?: string }
) & {
  /** Why the module failed as a whole, or what kept it from its result. */
  error?: ErrorRecord
  /** Devices of this host that the next module may have as they are. The other ones are checked first. */
  reusable?: readonly string[]
}

/** A fault of a device that was found when something failed on it. */
export interface DeviceFault {
  device: string
  message: string
}

/** What is known of an attempt when its worker is done with it. */
export interface AttemptFacts {
  report: WorkerReport
  /** What went wrong with its sessions, oldest first. */
  faults: readonly GatewayFault[]
  /** What was found on its devices when something failed, oldest first. */
  deviceFaults: readonly DeviceFault[]
  /** The run brings along an app of its own. */
  hasRunApp: boolean
  abort?: AttemptAbort | undefined
}

/**
 * Judges an attempt. Pure.
 *
 * A result counts only if the module itself caused it: a failure over a lost session, a worker that was killed from outside, or
 * a module that never started is infrastructure.
 */
export function judgeAttempt(facts: AttemptFacts): AttemptOutcome {
  return applyAbort(judgeReport(facts), facts.abort)
}

/** What an abort makes of an outcome; it may also come after the attempt was judged. Pure. */
export function applyAbort(outcome: AttemptOutcome, abort: AttemptAbort | undefined): AttemptOutcome {
  switch (abort?.type) {
    case 'lease-lost':
      // Another host may already use the devices, so the outcome doesn't count.
      return infrastructure(abort.reason, errorRecordOf(new BatonError('BATON_LEASE_LOST', abort.reason)))
    case 'device-lost':
      if (outcome.verdict !== 'interrupted') return outcome
      return infrastructure(abort.reason, errorRecordOf(deviceLost(abort)))
    case 'cancelled':
      return hasResult(outcome) ? outcome : { verdict: 'interrupted', cancelled: abort.reason }
    case 'host-stopping':
    case undefined:
  }
  return outcome
}

/** The outcome of an attempt that failed outside the module: in Baton, or in what Baton depends on. */
export function infrastructure(reason: string, error?: ErrorRecord): AttemptOutcome {
  return { verdict: 'infrastructure', reason, error: error ?? errorRecordOf(reason) }
}

function judgeReport({ report, faults, deviceFaults, hasRunApp }: AttemptFacts): AttemptOutcome {
  const { verdict, error } = report
  if (verdict !== 'failed') return { verdict }
  return (
    (hasRunApp && refusal(report)) ||
    sessionLost(faults) ||
    hostUnreachable(report) ||
    neverStarted(report) ||
    workerKilled(report) ||
    deviceUnfit(deviceFaults) ||
    lastWindowClosed(report, faults) || { verdict, ...(error && { error }) }
  )
}

function refusal({ error }: WorkerReport): AttemptOutcome | undefined {
  if (error?.code !== 'BATON_APP_REFUSED' || error.device === undefined) return undefined
  // Reasons are shown next to the device's name.
  const message = error.message.replace(`${error.device}: `, '')
  const reason = [message, error.hint].filter(Boolean).join('; ')
  return { verdict: 'infrastructure', reason, refusedBy: error.device, error }
}

function sessionLost(faults: readonly GatewayFault[]): AttemptOutcome | undefined {
  const fault = faults.find(({ kind }) => kind !== 'script')
  if (!fault) return undefined
  const reason = `${fault.device}: ${fault.message}`
  const hint =
    "ignore it if it is rare, because the module runs again; otherwise check the device and its Appium server's log"
  return infrastructure(reason, errorRecordOf(new BatonError('BATON_SESSION_LOST', reason, { hint })))
}

function deviceUnfit([fault]: readonly DeviceFault[]): AttemptOutcome | undefined {
  if (!fault) return undefined
  const { device, message } = fault
  const reason = `${device}: ${message}`
  return infrastructure(reason, errorRecordOf(new BatonError('BATON_DEVICE_UNFIT', reason, { device })))
}

function hostUnreachable({ unreachable }: WorkerReport): AttemptOutcome | undefined {
  if (!unreachable) return undefined
  const { device, message } = unreachable
  return infrastructure(`${device}: ${message}`, errorRecordOf(deviceLost({ device, reason: `${device}: ${message}` })))
}

function neverStarted({ started, error }: WorkerReport): AttemptOutcome | undefined {
  return started ? undefined : infrastructure(error?.message ?? 'the module never started', error)
}

function workerKilled({ workerEnd }: WorkerReport): AttemptOutcome | undefined {
  const signal = workerEnd?.signal
  // SIGABRT: out of memory, which is the module's doing.
  if (signal === undefined || signal === 'SIGABRT') return undefined
  return infrastructure(`its worker was killed by ${signal}`)
}

function lastWindowClosed(report: WorkerReport, faults: readonly GatewayFault[]): AttemptOutcome | undefined {
  const fault = faults.find(({ kind }) => kind === 'script')
  if (!fault) return undefined
  const { device } = fault
  const message = `the script closed its last window on ${device}, which ended its session`
  const hint = 'leave one window open, or open another one first with browser.newWindow()'
  const error = errorRecordOf(new BatonError('BATON_LAST_WINDOW_CLOSED', message, { device, hint }))
  // The module's own error, such as a timeout, only followed from it.
  const also = report.error && `${error.message}; then: ${report.error.message}`
  return { verdict: 'failed', error: { ...error, ...(also !== undefined && { message: also }) } }
}

function deviceLost({ device, reason }: { device: string; reason: string }): BatonError {
  return new BatonError('BATON_DEVICE_LOST', reason, { device })
}

function hasResult({ verdict }: AttemptOutcome): boolean {
  return verdict === 'passed' || verdict === 'skipped' || verdict === 'failed'
}
