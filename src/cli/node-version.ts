/** The same range as `engines.node` in package.json. */
export const nodeRange = '^20.19 || ^22.12 || >=24'

/**
 * @param version - as in `process.versions.node`
 * @returns what to do; undefined if Baton runs on this version
 */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24
  return fits ? undefined : `install Node ${nodeRange}: https://nodejs.org`
}
