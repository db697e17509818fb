import type { ModuleContext } from '../module-context.js'
import { maxInTracePart, type WorkerToHost } from '../worker-messages.js'
import { traceEntries } from './trace-entries.js'

/**
 * Sends what a module did to the host, in parts, unless it was sent before or nobody may want it. Never throws: the module
 * may have replaced what is used here.
 */
export function sendTrace(context: ModuleContext | undefined, send: (message: WorkerToHost) => void): void {
  try {
    const taken = context?.trace?.take()
    if (!context || !taken) return
    const entries = traceEntries(context, taken.entries)
    for (let start = 0; start === 0 || start < entries.length; start += maxInTracePart) {
      const end = start + maxInTracePart
      const part = { entries: entries.slice(start, end), dropped: taken.dropped, last: end >= entries.length }
      send({ type: 'trace', ...part })
    }
  } catch {
    // The attempt is judged without it.
  }
}
