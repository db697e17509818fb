import { createMasker } from '../event/masker.js'

const secrets = new Set<string>()
const farmPasswords = new Set<string>()
let mask = createMasker([])

/** Makes `masked` hide these values from now on. */
export function hideSecrets(values: readonly string[]): void {
  for (const value of values) secrets.add(value)
  mask = createMasker([...secrets, ...farmPasswords])
}

/** The same for passwords of Redis, which are not sent to followers of a run. */
export function hideFarmPasswords(values: readonly string[]): void {
  for (const value of values) farmPasswords.add(value)
  hideSecrets([])
}

/** The text as this process may print it. */
export function masked(text: string): string {
  return mask(text)
}

/** Writes a line for people to standard error. */
export function warn(text: string): void {
  process.stderr.write(`${masked(`baton: ${text}`)}\n`)
}

/** What `masked` hides, without passwords of Redis. */
export function hiddenSecrets(): string[] {
  return [...secrets]
}
