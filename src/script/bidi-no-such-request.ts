import { scopeStorage } from './module-context.js'
import type { SendBidi } from './bidi-network-events.js'

/** Commands that let an intercepted request continue. */
const continuingCommands = new Set([
  'network.continueRequest',
  'network.continueResponse',
  'network.continueWithAuth',
  'network.failRequest',
  'network.provideResponse',
])

/** The errors of the BiDi standard and of ChromeDriver. */
const noSuchRequest =
  /no such request|Invalid InterceptionId|Invalid state for continueInterceptedRequest|Blocked request .* is in '\w+' phase/i

/**
 * Ignores "no such request" errors of commands that WebdriverIO sends by itself. While a mock is active, it continues each
 * intercepted request and awaits nothing. If the page has been left, or another mock was faster (such as one that a failed
 * test did not restore), that would be an uncaught error, and a test would be blamed. Commands of a test fail as usual.
 */
export function ignoreNoSuchRequest(send: SendBidi): SendBidi {
  return async message => {
    try {
      return await send(message)
    } catch (error) {
      if (continuingCommands.has(message.method) && !scopeStorage.getStore() && noSuchRequest.test(String(error)))
        return {}
      throw error
    }
  }
}
