import type { WebdriverOptions } from './device-entry.js'
import { webdriverKeys } from './farm-schema.js'

const names = Object.keys(webdriverKeys) as (keyof WebdriverOptions)[]

/** WebdriverIO's options among other keys, of which later sources win. */
export function webdriverOptionsOf(
  ...sources: { [name in keyof WebdriverOptions]?: WebdriverOptions[name] | undefined }[]
): WebdriverOptions {
  const merged: Record<string, unknown> = {}
  for (const source of sources) {
    for (const name of names) if (source[name] !== undefined) merged[name] = source[name]
  }
  return merged
}
