import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const sourceFolders = ['src', 'drivers', 'test']
// Must match `exclude` of tsconfig.json.
const skippedFolders = new Set(['fixtures', 'node_modules'])

/**
 * Identifies what node_modules should contain: the lock file, the dependencies in package.json, and the platform, because
 * some packages ship a binary for each platform.
 * @returns {string} a hash
 */
export function fingerprintDependencies(root) {
  const { dependencies, devDependencies, optionalDependencies, overrides } = readJson(join(root, 'package.json'))
  const requested = JSON.stringify({ dependencies, devDependencies, optionalDependencies, overrides })
  return hash([readFileSync(join(root, 'package-lock.json')), requested, process.platform, process.arch])
}

/**
 * Identifies what dist should be compiled from.
 * @param {string} dependencies - fingerprint of the dependencies, which include the compiler and all types
 * @returns {string} a hash
 */
export function fingerprintSources(root, dependencies) {
  const files = sourceFolders.flatMap(folder => listSources(join(root, folder))).sort(byText)
  const parts = files.flatMap(file => [relative(root, file), readFileSync(file)])
  return hash([dependencies, readFileSync(join(root, 'tsconfig.json')), ...parts])
}

/** @returns {string} hash of one file, or '' if it does not exist */
export function fingerprintFile(path) {
  try {
    return hash([readFileSync(path)])
  } catch {
    return ''
  }
}

const byText = (a, b) => (a < b ? -1 : 1)

function listSources(folder) {
  return readFolder(folder).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : listSources(path)
    return /\.[cm]?tsx?$/.test(entry.name) ? [path] : []
  })
}

function readFolder(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

export function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

// The length of each part is hashed too, so that moving text from one part to the next changes the hash.
function hash(parts) {
  const sum = createHash('sha256')
  for (const part of parts) sum.update(`${Buffer.byteLength(part)}:`).update(part)
  return sum.digest('hex')
}
