import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fingerprintDependencies, fingerprintFile, fingerprintSources } from './fingerprint.mjs'
import { readStamp } from './stamp.mjs'

const stampFile = root => join(root, 'dist', '.baton-build.json')
const outputFolders = ['src', 'drivers', 'test']

/**
 * Whether dist was compiled from the current sources. The compiler's own record is checked too, because someone may have
 * compiled other sources since and then restored these.
 * @returns {'ready' | 'stale'}
 */
export function checkBuild(root) {
  const stamp = readStamp(stampFile(root))
  if (!stamp) return 'stale'
  const now = fingerprintBuild(root)
  return stamp.record !== '' && stamp.record === now.record && stamp.sources === now.sources ? 'ready' : 'stale'
}

export function stampBuild(root) {
  writeFileSync(stampFile(root), JSON.stringify(fingerprintBuild(root)))
}

export function forgetBuild(root) {
  rmSync(stampFile(root), { force: true })
}

/** Removes the output of deleted sources: a deleted test must not run any more. */
export function pruneBuild(root) {
  for (const folder of outputFolders) pruneFolder(join(root, 'dist', folder), join(root, folder))
}

function pruneFolder(outputs, sources) {
  if (!existsSync(outputs)) return
  for (const entry of readdirSync(outputs, { withFileTypes: true })) {
    const output = join(outputs, entry.name)
    if (entry.isDirectory()) pruneFolder(output, join(sources, entry.name))
    else if (!hasSource(entry.name, sources)) rmSync(output)
  }
}

function hasSource(name, sources) {
  const parts = /^(.*?)(\.d)?\.([cm]?)js(\.map)?$/.exec(name) ?? /^(.*?)(\.d)\.([cm]?)ts(\.map)?$/.exec(name)
  if (!parts) return true
  const [, stem, , kind] = parts
  return existsSync(join(sources, `${stem}.${kind}ts`)) || existsSync(join(sources, `${stem}.${kind}tsx`))
}

function fingerprintBuild(root) {
  return {
    sources: fingerprintSources(root, fingerprintDependencies(root)),
    record: fingerprintFile(join(root, 'dist', '.tsbuildinfo')),
  }
}
