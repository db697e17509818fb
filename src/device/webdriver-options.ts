import type { WebdriverOptions } from './device-entry.js'
import { webdriverKeys } from './farm-schema.js'

const names = Object.keys(webdriverKeys) as (keyof WebdriverOptions)[]

/** Picks WebdriverIO's options from objects that have other keys too. Later sources win. */
export function webdriverOptionsOf(
  ...sources: { [name in keyof WebdriverOptions]?: WebdriverOptions[name] | undefined }[]
): WebdriverOptions {
  const merged: Record<string, unknown> = {}
  for (const source of sources) {
    for (const name of names) if (source[name] !== undefined) merged[name] = source[name]
  }
  return merged
}
