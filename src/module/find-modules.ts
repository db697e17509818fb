import { realpath, stat } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { escapePath, glob, isDynamicPattern } from 'tinyglobby'
import { BatonError } from '../error/baton-error.js'
import { moduleFile, type ModuleFile } from './module-file.js'
import { nearestPath } from './nearest-path.js'

const ignored = ['**/node_modules/**', '**/*.d.ts', '**/*.d.mts', '**/*.d.cts']
const anyModule = '**/*.{ts,mts,cts,tsx,js,mjs,cjs,jsx}'

/**
 * Finds the modules of a run.
 * @param globs - globs, files and folders, relative to `cwd`; `!glob` excludes. A folder stands for every script in it
 * @param namedFrom - where the run was started, for their names; default: `cwd`
 * @returns sorted by path, each once; a link is the file that it leads to
 * @throws BatonError BATON_NO_MODULES if a file does not exist, or nothing matches
 */
export async function findModules(globs: readonly string[], cwd: string, namedFrom = cwd): Promise<ModuleFile[]> {
  const files: string[] = []
  const patterns: string[] = []
  const hasExclusion = globs.some(given => given.startsWith('!'))
  for (const given of globs) {
    const path = resolve(cwd, given)
    // An existing file is not a pattern, even if it is called `[a].ts`.
    const found = await stat(path).catch(() => undefined)
    if (found?.isFile()) files.push(path)
    else if (found) patterns.push(`${escapePath(path)}/${anyModule}`)
    else if (given.startsWith('!')) patterns.push(given)
    else if (isDynamicPattern(given)) patterns.push(given)
    else throw await noModules([given], cwd)
  }
  // As patterns, so that exclusions apply to them.
  if (hasExclusion) patterns.push(...files.splice(0).map(file => escapePath(file)))
  const matched = await glob(patterns, { cwd, absolute: true, ignore: ignored, expandDirectories: false, dot: false })
  const real = await Promise.all([...files, ...matched].map(path => realpath(path)))
  const modules = [...new Set(real)].toSorted()
  if (modules.length === 0) throw await noModules(globs, cwd)
  return modules.map(file => moduleFile(file, namedFrom))
}

async function noModules(globs: readonly string[], cwd: string): Promise<BatonError> {
  const wanted = globs.map(glob => `'${glob}'`).join(', ')
  const [first = '.'] = globs.filter(glob => !glob.startsWith('!'))
  const folder = resolve(cwd, staticPart(first))
  const exists = await stat(folder).catch(() => undefined)
  const nearest = exists ? undefined : await nearestPath(folder)
  const slashed = first.replaceAll('\\', '/')
  const hasBackslashes = slashed !== first && (await stat(resolve(cwd, slashed)).catch(() => undefined))
  const hint = hasBackslashes
    ? `did you mean '${slashed}'? A \\ in a glob escapes the next character`
    : exists
      ? `${shown(folder, cwd)} exists, but nothing in it matches; quote globs so that the shell doesn't expand them`
      : nearest === undefined
        ? `${shown(folder, cwd)} does not exist in ${cwd}`
        : `did you mean '${shown(nearest, cwd)}'?`
  return new BatonError('BATON_NO_MODULES', `no module matches ${wanted}.`, { hint })
}

/** Returns the parts of a glob before the first one that is a pattern. */
function staticPart(glob: string): string {
  const parts = glob.split('/')
  const end = parts.findIndex(part => isDynamicPattern(part))
  return end < 0 ? glob : parts.slice(0, end).join('/') || (glob.startsWith('/') ? '/' : '.')
}

function shown(path: string, cwd: string): string {
  return relative(cwd, path) || '.'
}
