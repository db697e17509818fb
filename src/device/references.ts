/** `${env:NAME}`: the host's environment variable, read when devices.json is. */
const envReference = /\$\{env:([^}]*)\}/g

/** `${server:NAME}`: the base URL of a server of the run, known once it has started. */
const serverReference = /\$\{server:([^}]*)\}/g

/**
 * Replaces `${env:NAME}` by the environment's values.
 * @returns the text; the values that were inserted; the names that are not set (their references are left unchanged)
 */
export function fillEnvironment(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): { text: string; values: string[]; missing: string[] } {
  const values: string[] = []
  const missing: string[] = []
  const filled = text.replace(envReference, (reference, name: string) => {
    const value = Object.hasOwn(env, name) ? env[name] : undefined
    if (value === undefined) {
      missing.push(name)
      return reference
    }
    values.push(value)
    return value
  })
  return { text: filled, values, missing }
}

/** Names of the servers that a text refers to. */
export function serversIn(text: string): string[] {
  return [...text.matchAll(serverReference)].map(match => match[1] ?? '')
}

/** Replaces each reference to a server by the result of `urlOf`. */
export function replaceServers(text: string, urlOf: (name: string) => string): string {
  return text.replace(serverReference, (_, name: string) => urlOf(name))
}

/**
 * Replaces references to the run's servers by their base URLs. References to other names are left unchanged.
 * @param urls - server name → base URL, e.g. `http://127.0.0.1:41234`
 */
export function fillServers(text: string, urls: Readonly<Record<string, string>>): string {
  return text.replace(serverReference, (reference, name: string) =>
    Object.hasOwn(urls, name) ? (urls[name] ?? reference) : reference,
  )
}

/**
 * Looks up a name that comes from outside: a role, a device, an action. A plain `record[name]` also finds what every object
 * inherits, so that a role called `constructor` or `toString` would get a function instead of nothing.
 */
export function ownValue<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined
}
