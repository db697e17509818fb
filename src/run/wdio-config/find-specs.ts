import { statSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { glob, isDynamicPattern } from 'tinyglobby'
import { BatonError } from '../../error/baton-error.js'
import { didYouMean, quoteNames } from '../../error/closest-name.js'
import { findModules } from '../../module/find-modules.js'
import { moduleFile, type ModuleFile } from '../../module/module-file.js'
import type { LoadedWdioConfig } from './read-wdio-config.js'

/** What the command line says about the modules of a configuration. */
export interface SpecSelection {
  /** Run instead of the configuration's `specs`. */
  globs: readonly string[]
  /** Names of suites to run instead of `specs`. */
  suites: readonly string[]
}

export interface FoundSpecs {
  files: ModuleFile[]
  notes: string[]
}

/** As WebdriverIO has them. */
const extensions = ['.js', '.jsx', '.mjs', '.mts', '.es6', '.ts', '.tsx', '.cjs', '.cts']

type Specs = readonly (string | readonly string[])[]

/**
 * Finds the modules of a configuration as `wdio run` does: `specs`, or the files of suites, without those that `exclude`
 * matches. Paths and globs are relative to the configuration.
 * @throws BatonError BATON_NO_MODULES if there is none, BATON_USAGE for an unknown suite
 */
export async function findSpecs(
  loaded: LoadedWdioConfig,
  { globs, suites }: SpecSelection,
  cwd: string,
): Promise<FoundSpecs> {
  // onPrepare may have changed them.
  const {
    specs = [],
    suites: known = {},
    exclude = [],
  } = loaded.exported as {
    specs?: Specs
    suites?: Record<string, Specs>
    exclude?: string[]
  }
  const chosen = chooseSuites(suites, known, exclude)
  const notes: string[] = []
  const given = globs.length > 0 ? (await findModules(globs, cwd)).map(({ path }) => path) : []
  const patterns = suites.length > 0 ? chosen : globs.length > 0 ? [] : specs
  const matched = await matchPatterns(loaded, patterns, notes)
  const isExcluded = await exclusion(
    loaded,
    exclude.filter(item => !isSuiteName(item, known)),
  )
  const files = [...new Set([...given, ...matched])].filter(file => !isExcluded(file))
  if (files.length === 0) throw noSpecs(loaded, { patterns: patterns.flat(), known, suites })
  if (patterns.some(spec => Array.isArray(spec) && spec.length > 1)) notes.push(groupNote(loaded))
  return { files: files.map(file => moduleFile(file, cwd)), notes }
}

function chooseSuites(names: readonly string[], known: Record<string, Specs>, exclude: readonly string[]): Specs {
  for (const name of names) {
    if (Object.hasOwn(known, name)) continue
    const list = Object.keys(known)
    const message = `--suite ${name}: the configuration has no such suite (known: ${list.join(', ') || 'none'}).`
    throw new BatonError('BATON_USAGE', message, didYouMean(name, list))
  }
  return names.filter(name => !exclude.includes(name)).flatMap(name => known[name] ?? [])
}

/** WebdriverIO's rule: what looks like neither a path nor a script may be the name of a suite. */
function isSuiteName(item: string, known: Record<string, Specs>): boolean {
  return !/[/\\*?]|\.(js|ts|mjs|cjs|es6)$/i.test(item) && Object.hasOwn(known, item)
}

async function matchPatterns(loaded: LoadedWdioConfig, specs: Specs, notes: string[]): Promise<string[]> {
  const files: string[] = []
  for (const pattern of specs.flat()) {
    const matched = await matchPattern(pattern, loaded.folder)
    if (matched.length === 0) notes.push(`${loaded.name}: no file matches '${pattern}'`)
    files.push(...matched)
  }
  return files
}

async function matchPattern(pattern: string, folder: string): Promise<string[]> {
  if (pattern.startsWith('file://')) return [fileURLToPath(pattern)]
  // A line number, as reports write it behind a path, does not belong to the path.
  const given = pattern.replace(/:\d+(:\d+)?$/, '').replaceAll('\\', '/')
  const path = resolve(folder, given)
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
  const isScript = (file: string): boolean => extensions.some(extension => file.endsWith(extension))
  if (isFile) return isScript(path) ? [path] : []
  if (!isDynamicPattern(given)) return []
  // A glob without a folder matches in all of them.
  const anywhere = given.includes('/') ? given : `**/${given}`
  const found = await glob(anywhere, {
    cwd: folder,
    absolute: true,
    ignore: isAbsolute(given) && given.includes('/node_modules/') ? [] : ['**/node_modules/**'],
    expandDirectories: false,
  })
  return found
    .map(file => resolve(file))
    .filter(isScript)
    .toSorted()
}

/** All entries are patterns, or else texts that a file's address contains. */
async function exclusion(loaded: LoadedWdioConfig, exclude: readonly string[]): Promise<(file: string) => boolean> {
  const arePatterns = exclude.every(item => /[/\\*]/.test(item))
  if (!arePatterns) return file => exclude.some(item => pathToFileURL(file).href.includes(item))
  const excluded = new Set<string>()
  for (const item of exclude) for (const file of await matchPattern(item, loaded.folder)) excluded.add(file)
  return file => excluded.has(file)
}

function noSpecs(
  loaded: LoadedWdioConfig,
  { patterns, known, suites }: { patterns: readonly string[]; known: Record<string, Specs>; suites: readonly string[] },
): BatonError {
  const { name } = loaded
  const names = Object.keys(known)
  const hint =
    patterns.length === 0 && suites.length === 0 && names.length > 0
      ? `choose a suite: --suite NAME (known: ${names.join(', ')})`
      : `paths and globs are relative to ${loaded.folder}`
  const what = suites.length > 0 ? `the suites ${quoteNames(suites)}` : "'specs'"
  const found = patterns.length > 0 ? quoteNames(patterns) : 'nothing'
  return new BatonError('BATON_NO_MODULES', `${what} of ${name}, without 'exclude', match no file (found ${found}).`, {
    place: loaded.locate(suites.length > 0 ? ['suites', suites[0] ?? ''] : ['specs']),
    hint,
  })
}

function groupNote({ name }: LoadedWdioConfig): string {
  return `${name}: files that 'specs' groups in a list run as modules of their own; they don't share a session`
}
