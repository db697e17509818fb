import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fingerprintDependencies, readJson } from './fingerprint.mjs'
import { readStamp } from './stamp.mjs'

// Inside node_modules, so that it goes when node_modules goes.
const stampFile = root => join(root, 'node_modules', '.baton-dependencies.json')

/**
 * Whether node_modules belongs to the lock file. The stamp is written only after a whole `npm ci`, and npm writes its
 * own record last of all: an interrupted install has neither.
 * @returns {'ready' | 'adopt' | 'stale'} `adopt`: someone ran `npm install` or `npm ci` by hand, and it is right
 */
export function checkDependencies(root) {
  const installed = readInstalled(root)
  if (!installed) return 'stale'
  if (readStamp(stampFile(root))?.fingerprint === fingerprintDependencies(root)) return 'ready'
  return isWholeInstall(
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

/** What npm says that it has installed; undefined where it has not finished. */
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
export function isWholeInstall(locked, installed, manifest) {
  const asked = ['dependencies', 'devDependencies'].every(
    key => JSON.stringify(sorted(locked['']?.[key])) === JSON.stringify(sorted(manifest[key])),
  )
  const nothingLacks = Object.entries(locked).every(
    ([path, entry]) => path === '' || path in installed || entry.optional === true || entry.devOptional === true,
  )
  const nothingElse = Object.entries(installed).every(
    ([path, entry]) =>
      locked[path]?.version === entry.version && locked[path]?.integrity === entry.integrity && fitsHere(entry),
  )
  return asked && nothingLacks && nothingElse
}

// node_modules that was copied from another machine holds that machine's binaries.
const fitsHere = entry => allows(entry.os, process.platform) && allows(entry.cpu, process.arch)
const allows = (list, value) =>
  !list || list.includes(value) || list.every(item => item.startsWith('!') && item !== `!${value}`)
const sorted = (record = {}) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))
