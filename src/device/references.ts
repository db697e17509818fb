/** `${env:NAME}`: the host's environment variable, read when devices.json is. */
const envReference = /\$\{env:([^}]*)\}/g

/** `${server:NAME}`: the base URL of a server of the run, known once it has started. */
const serverReference = /\$\{server:([^}]*)\}/g

/**
 * Puts in the environment's values.
 * @returns the text; the values that went in; the names that are not set (their references are left as they are)
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

/** Puts in what `urlOf` gives for each server that the text refers to. */
export function replaceServers(text: string, urlOf: (name: string) => string): string {
  return text.replace(serverReference, (_, name: string) => urlOf(name))
}

/**
 * Puts in the base URLs of the run's servers; a name that `urls` doesn't have is left as it is.
 * @param urls - server name → base URL, e.g. `http://127.0.0.1:41234`
 */
export function fillServers(text: string, urls: Readonly<Record<string, string>>): string {
  return text.replace(serverReference, (reference, name: string) =>
    Object.hasOwn(urls, name) ? (urls[name] ?? reference) : reference,
  )
}
