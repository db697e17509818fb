import { BatonError } from '../../error/baton-error.js'
import type { ErrorRecord } from '../../event/run-event.js'
import { isDeviceUnreachable } from '../gateway-agent.js'

const lostCodes = new Set(['BATON_DEVICE_LOST', 'BATON_SESSION_LOST', 'BATON_LEASE_LOST'])
/** How WebDriver, ChromeDriver and the gateway say that a session has ended. */
const lostSession =
  /\b(?:invalid session id|session deleted because|chrome not reachable|BATON_(?:LEASE|SESSION|DEVICE)_LOST)\b/

/** Fails an iteration whose tests failed because of a device, session or host: that says nothing about the app. */
export function assertNotLost({ code, message, expected, actual }: ErrorRecord): void {
  // What a test compares may contain any text.
  const isComparison = expected !== undefined || actual !== undefined || message.startsWith('Expect ')
  const isLost = lostCodes.has(code ?? '') || (!isComparison && lostSession.test(message))
  if (isLost || isDeviceUnreachable()) throw new BatonError('BATON_DEVICE_LOST', message)
}
