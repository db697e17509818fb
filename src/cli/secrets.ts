import { createMasker } from '../event/masker.js'

const secrets = new Set<string>()
let mask = createMasker([])

/** Makes `masked` hide these values from now on. */
export function hideSecrets(values: readonly string[]): void {
  for (const value of values) secrets.add(value)
  mask = createMasker([...secrets])
}

/** The text as this process may print it. */
export function masked(text: string): string {
  return mask(text)
}

/** Writes a line for people to standard error. */
export function warn(text: string): void {
  process.stderr.write(`${masked(`baton: ${text}`)}\n`)
}

/** What `masked` hides. */
export function hiddenSecrets(): string[] {
  return [...secrets]
}
