/** The same range as `engines.node` in package.json. */
export const nodeRange = '^20.19 || ^22.12 || >=24'

/**
 * @param {string} version - as in `process.versions.node`
 * @returns {string | undefined} what is wrong and what to do; undefined if the version is supported
 */
export function describeNodeProblem(version) {
  const [major, minor] = version.split('.').map(Number)
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24
  return fits
    ? undefined
    : `Node ${version} is not supported; install Node ${nodeRange} (https://nodejs.org) and try again.`
}
