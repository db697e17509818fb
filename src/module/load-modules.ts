import { realpathSync } from 'node:fs'
import { relative, resolve, sep } from 'node:path'
import { stop } from 'esbuild'
import { BatonError, BatonErrors, sortByLocation } from '../error/baton-error.js'
import { buildWithAssets, type BuiltModule } from './build-with-assets.js'
import { treeRoot, writeBundle } from './bundle-text.js'
import { AssetFinder, toAsset } from './find-assets.js'
import type { ModuleFile } from './module-file.js'
import { listProject, surroundingsOf, type ProjectListing } from './project-listing.js'
import type { LoadedModule, ModuleBundle } from './module-bundle.js'
import { concernsOneModule, refusedModule } from './refused-module.js'
import { packageFiles } from './required-files.js'
import { readScripts, ScriptFiles, type BundleScripts } from './script-files.js'
import { sha256 } from './asset.js'

export interface LoadOptions {
  files: readonly ModuleFile[]
  /** The run's working directory; absolute. */
  cwd: string
  /** Setup files, bundled into each module and run before it; relative to `cwd` or absolute. */
  setup?: readonly string[]
  /** How many modules are bundled at a time; default 4. */
  concurrency?: number
  /** Total size of one module's assets, in bytes; default 64 MiB. */
  maxFileBytes?: number
  /**
   * Whether a module that can't be bundled is an error of the whole call. Otherwise it is loaded as one that fails, if others
   * can run. Default: true.
   */
  strict?: boolean
  /** The devices of the run's own farm: a module that names devices at run time gets all of them. See `readNeeds`. */
  ownDevices?: readonly string[] | undefined
}

export interface LoadedModules {
  /** In the order of `files`, without those that have errors. */
  modules: LoadedModule[]
  /** The errors of all modules, without duplicates, sorted by file and line. */
  errors: BatonError[]
}

/** Bundles modules and reads which devices they need. */
export async function loadModules(options: LoadOptions): Promise<LoadedModules> {
  const { files, cwd, setup = [], concurrency = 4, maxFileBytes = 64 * 2 ** 20, strict = true, ownDevices } = options
  const finder = new AssetFinder(cwd, maxFileBytes)
  const project = listProject(cwd)
  const scripts = new ScriptFiles(cwd)
  const loaded = new Map<string, LoadedModule>()
  const refused = new Map<string, LoadedModule>()
  const errors: BatonError[] = []
  const waiting = files.values()
  const loadWaiting = async (): Promise<void> => {
    // All workers share the iterator, so that each file is loaded once.
    for (const file of waiting) {
      const one = await loadModule({ file, cwd, setup, finder, scripts, project, ownDevices }).catch(collectErrors)
      if (one.loaded) loaded.set(file.path, one.loaded)
      else if (!strict && concernsOneModule(one.errors)) refused.set(file.path, refusedModule(file.name, one.errors))
      else errors.push(...one.errors)
    }
  }
  users += 1
  try {
    await Promise.all(Array.from({ length: concurrency }, loadWaiting))
  } finally {
    users -= 1
    if (users === 0) await stop()
  }
  const isWorthRunning = loaded.size > 0 && errors.length === 0
  if (!isWorthRunning) errors.push(...[...refused.values()].flatMap(module => module.refused ?? []))
  const all = isWorthRunning ? new Map([...loaded, ...refused]) : loaded
  return { modules: files.flatMap(file => all.get(file.path) ?? []), errors: sortByLocation(errors) }
}

/** Calls in progress. They share esbuild's process; the last one stops it. */
let users = 0

interface OneModule {
  loaded?: LoadedModule
  errors: BatonError[]
}

interface OneOptions {
  file: ModuleFile
  cwd: string
  setup: readonly string[]
  finder: AssetFinder
  scripts: ScriptFiles
  project: Promise<ProjectListing>
  ownDevices: readonly string[] | undefined
}

async function loadModule(options: OneOptions): Promise<OneModule> {
  const { built, found, read } = await buildWithAssets(options)
  const scripts = await readScripts(built.inputs, options.cwd, options.scripts)
  const required = packageFiles(read.named.required)
  const listing = await options.project
  const errors = [...read.errors, ...found.errors]
  if (errors.length > 0) return { errors }
  return {
    loaded: {
      bundle: toBundle(options, { built, found, scripts, required, listing }),
      stated: read.needs,
      ...(read.testTitles && { testTitles: read.testTitles }),
      relativeUrls: read.relativeUrls,
    },
    errors: [],
  }
}

function collectErrors(error: unknown): OneModule {
  if (error instanceof BatonErrors) return { errors: error.errors }
  if (error instanceof BatonError) return { errors: [error] }
  throw error
}

interface BundleParts extends Omit<BuiltModule, 'read'> {
  scripts: BundleScripts
  required: ReturnType<typeof packageFiles>
  listing: ProjectListing
}

function toBundle(
  { file, cwd, setup }: OneOptions,
  { built, found, scripts, required, listing }: BundleParts,
): ModuleBundle {
  const assets = found.files.map(asset => asset.path)
  const root = treeRoot(cwd, scripts.files, assets)
  const treePath = (path: string): string => relative(root, resolve(cwd, path)).replaceAll(sep, '/')
  const parts = {
    file: file.name,
    ...writeBundle(scripts, {
      cwd,
      root,
      entry: realpathSync(file.path),
      setup: setup.map(each => realpathSync(resolve(cwd, each))),
      addons: built.addons,
      required,
    }),
    base: treePath('.'),
    externals: built.addons,
    files: found.files.map(asset => toAsset(asset, root)),
    ...surroundingsOf(listing, built.code, { cwd, treePath, sent: assets }),
  }
  return { ...parts, hash: sha256(JSON.stringify(parts)) }
}
