import { createMasker } from '../event/masker.js'
import { withoutCiCommands } from '../report/ci-commands.js'
import { plainText } from '../report/plain-text.js'

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

/** The same for people: without escape sequences, and without commands for CI servers. */
export function shown(text: string): string {
  // Again, because an escape sequence may have split a secret.
  return withoutCiCommands(masked(plainText(masked(text))))
}

/** Writes a line for people to standard error. */
export function warn(text: string): void {
  process.stderr.write(`${shown(`baton: ${text}`)}\n`)
}

/** What `masked` hides, without passwords of Redis. */
export function hiddenSecrets(): string[] {
  return [...secrets]
}
