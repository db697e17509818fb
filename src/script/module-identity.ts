import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { RunModule } from './worker-messages.js'

/** An id as WebdriverIO's workers have it: `0-3`. @param module - `4`, or `4@alice` if it runs on several devices */
export function workerId(module: string): string {
  return `0-${Math.max(0, Number.parseInt(module, 10) - 1) || 0}`
}

/** The address of a module's file, as `import.meta.url` has it. */
export function moduleUrl({ directory, base, file }: RunModule['module']): string {
  return pathToFileURL(path.join(directory, base, file)).href
}
