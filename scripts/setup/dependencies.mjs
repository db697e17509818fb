import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fingerprintDependencies, readJson } from './fingerprint.mjs'
import { readStamp } from './stamp.mjs'

// Inside node_modules, so that it is deleted together with node_modules.
const stampFile = root => join(root, 'node_modules', '.baton-dependencies.json')

/**
 * Whether node_modules matches the lock file. The stamp is written only after a complete `npm ci`, and npm writes its own
 * record last, so an interrupted installation has neither.
 * @returns {'ready' | 'adopt' | 'stale'} `adopt`: someone ran `npm install` or `npm ci` by hand, with the right result
 */
export function checkDependencies(root) {
  const installed = readInstalled(root)
  if (!installed) return 'stale'
  if (readStamp(stampFile(root))?.fingerprint === fingerprintDependencies(root)) return 'ready'
  return isCompleteInstall(
    readJson(join(root, 'package-lock.json')).packages,
    installed,
    readJson(join(root, 'package.json')),
  )
    ? 'adopt'
    : 'stale'
}

export function stampDependencies(root) {
  mkdirSync(join(root, 'node_modules'), { recursive: true })
  writeFileSync(stampFile(root), JSON.stringify({ fingerprint: fingerprintDependencies(root) }))
}

export function forgetDependencies(root) {
  rmSync(stampFile(root), { force: true })
}

/** npm's record of what it has installed; undefined if it did not finish. */
function readInstalled(root) {
  try {
    return readJson(join(root, 'node_modules', '.package-lock.json')).packages
  } catch {
    return undefined
  }
}

/**
 * Pure.
 * @param {Record<string, object>} locked - `packages` of package-lock.json
 * @param {Record<string, object>} installed - `packages` of npm's own record in node_modules
 * @param {object} manifest - package.json
 */
export function isCompleteInstall(locked, installed, manifest) {
  const sameRequest = ['dependencies', 'devDependencies'].every(
    key => JSON.stringify(sorted(locked['']?.[key])) === JSON.stringify(sorted(manifest[key])),
  )
  const nothingMissing = Object.entries(locked).every(
    ([path, entry]) => path === '' || path in installed || entry.optional === true || entry.devOptional === true,
  )
  const nothingExtra = Object.entries(installed).every(
    ([path, entry]) =>
      locked[path]?.version === entry.version && locked[path]?.integrity === entry.integrity && matchesPlatform(entry),
  )
  return sameRequest && nothingMissing && nothingExtra
}

// A node_modules that was copied from another machine contains that machine's binaries.
const matchesPlatform = entry => allows(entry.os, process.platform) && allows(entry.cpu, process.arch)
const allows = (list, value) =>
  !list || list.includes(value) || list.every(item => item.startsWith('!') && item !== `!${value}`)
const sorted = (record = {}) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))
