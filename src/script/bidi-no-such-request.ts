import { scopeStorage } from './module-context.js'
import type { SendBidi } from './bidi-network-events.js'

/** Commands that let an intercepted request go on, one way or another. */
const continuingCommands = new Set([
  'network.continueRequest',
  'network.continueResponse',
  'network.continueWithAuth',
  'network.failRequest',
  'network.provideResponse',
])

/** As the standard words it, and as ChromeDriver does. */
const noSuchRequest =
  /no such request|Invalid InterceptionId|Invalid state for continueInterceptedRequest|Blocked request .* is in '\w+' phase/i

/**
 * Lets requests be gone. While a mock is in place WebdriverIO itself lets each request go on, and nobody awaits that; where
 * the page left meanwhile, or another mock was quicker (one that a test which failed has not restored, say), the refusal
 * would be an error that nobody caught, and a test would take the blame. What a test sends itself is refused as ever.
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
