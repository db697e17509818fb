import { lastCallPlace, pendingCall } from './call-places.js'
import { currentModule } from './module-context.js'
import { located } from './to-error-record.js'
import { pendingWait } from './branch/branch-positions.js'
import type { ShownPlace } from './worker-messages.js'

/** Returns what the running test or hook waits for, and where; empty if that is unknown. Never throws. */
export function pendingCallOfModule(): { called?: string; at?: ShownPlace } {
  try {
    const context = currentModule()
    const owner = context?.runningScope?.owner
    if (!context || !owner) return {}
    const pending = pendingCall(context, owner) ?? pendingWait(owner)
    const place = pending?.place ?? lastCallPlace(context, owner)
    return {
      ...(pending && { called: pending.called }),
      ...(place && { at: located('', place, context) }),
    }
  } catch {
    // A module may have replaced what is used here.
    return {}
  }
}
