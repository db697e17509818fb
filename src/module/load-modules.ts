import { dirname, relative, resolve, sep } from 'node:path'
import type { AnyNode } from 'acorn'
import { stop } from 'esbuild'
import { BatonError, BatonErrors, sortByLocation } from '../error/baton-error.js'
import { buildBundle, type BuiltBundle } from './build-bundle.js'
import { AssetFinder, toAsset, type FoundAsset } from './find-assets.js'
import { placeholders, toFunctionBody } from './function-body.js'
import type { ModuleFile } from './module-file.js'
import { readNeeds, type ModuleNeeds } from './read-needs.js'
import { SourceLocations } from './source-locations.js'
import { staticName, SyntaxTree } from './syntax-tree.js'
import { sha256, type Asset } from './asset.js'

/** A module, ready to be executed on any host. */
export interface ModuleBundle {
  /** As the user knows it: relative to where the run was started, with `/`. */
  file: string
  /** SHA-256 over all that is executed and all that travels, in hex. */
  hash: string
  /** For `compileModule`. */
  code: string
  /** JSON text of the source map of `code`, for `createStackMapper`. */
  sourceMap: string
  /** Where the folder in which the run was started is, in the tree that travels; '' unless files outside of it travel. */
  base: string
  /** Packages with native addons, which the host has to have installed. */
  externals: string[]
  files: Asset[]
}

export interface LoadedModule {
  bundle: ModuleBundle
  stated: ModuleNeeds
}

export interface LoadOptions {
  files: readonly ModuleFile[]
  /** Where the run was started; absolute. */
  cwd: string
  /** Set-up files, bundled into each module and evaluated before it; relative to `cwd` or absolute. */
  setup?: readonly string[]
  /** Modules at a time; default 4. */
  concurrency?: number
  /** Bytes that the files which travel with one module may have together; default 64 MiB. */
  maxFileBytes?: number
}

export interface LoadedModules {
  /** In the order of `files`, those with faults left out. */
  modules: LoadedModule[]
  /** Every fault of every module, each once, in the order of files and lines. */
  faults: BatonError[]
}

/** Bundles modules and reads what they need. */
export async function loadModules(options: LoadOptions): Promise<LoadedModules> {
  const { files, cwd, setup = [], concurrency = 4, maxFileBytes = 64 * 2 ** 20 } = options
  const finder = new AssetFinder(cwd, maxFileBytes)
  const loaded = new Map<string, LoadedModule>()
  const faults: BatonError[] = []
  const waiting = files.values()
  const loadWaiting = async (): Promise<void> => {
    // The iterator is shared: each file is taken once.
    for (const file of waiting) {
      const one = await loadModule({ file, cwd, setup, finder }).catch(collectFaults)
      faults.push(...one.faults)
      if (one.loaded) loaded.set(file.path, one.loaded)
    }
  }
  users += 1
  try {
    await Promise.all(Array.from({ length: concurrency }, loadWaiting))
  } finally {
    users -= 1
    if (users === 0) await stop()
  }
  return { modules: files.flatMap(file => loaded.get(file.path) ?? []), faults: sortByLocation(faults) }
}

/** The bundler is a process of its own, shared by all calls; the last one ends it. */
let users = 0

interface OneModule {
  loaded?: LoadedModule
  faults: BatonError[]
}

interface OneOptions {
  file: ModuleFile
  cwd: string
  setup: readonly string[]
  finder: AssetFinder
}

async function loadModule({ file, cwd, setup, finder }: OneOptions): Promise<OneModule> {
  const { path, name } = file
  const built = await buildBundle({ file: path, cwd, setup })
  const found = await finder.find(ownSources(built, cwd, [path, ...setup]))
  // Nothing waits from here on: trees are large, and short-lived ones cost the collector little.
  const tree = new SyntaxTree(built.code)
  const locations = new SourceLocations(built.code, built.sourceMap)
  const { needs: stated, faults } = readNeeds({ file: name, tree, locations, entry: entryOf(tree) })
  faults.push(...found.faults)
  if (faults.length > 0) return { faults }
  const bundle = toBundle({ name, cwd, built, tree, locations, files: found.files })
  return { loaded: { bundle, stated }, faults: [] }
}

function collectFaults(error: unknown): OneModule {
  if (error instanceof BatonErrors) return { faults: error.errors }
  if (error instanceof BatonError) return { faults: [error] }
  throw error
}

interface BundleParts {
  name: string
  cwd: string
  built: BuiltBundle
  tree: SyntaxTree
  locations: SourceLocations
  files: readonly FoundAsset[]
}

function toBundle({ name, cwd, built, tree, locations, files }: BundleParts): ModuleBundle {
  // Only what the code can tell apart decides where the tree's root is: else equal modules had different hashes.
  const placed = [
    ...Object.values(placeholders).flatMap(placeholder => tree.globals(placeholder)),
    ...tree.importExpressions,
  ]
  const sources = placed.map(use => resolve(cwd, locations.locate(use.start)?.file ?? '.'))
  const root = commonFolder(cwd, [...sources, ...files.map(file => file.path)])
  const treePath = (file: string): string => relative(root, resolve(cwd, file)).replaceAll(sep, '/')
  const parts = {
    file: name,
    code: toFunctionBody({ tree, locations, treePath, addons: built.addons }),
    sourceMap: built.sourceMap,
    base: treePath('.'),
    externals: built.addons,
    files: files.map(file => toAsset(file, root)),
  }
  return { ...parts, hash: sha256(JSON.stringify(parts)) }
}

/** The expression that stands for what the module's file exports. */
function entryOf(tree: SyntaxTree): AnyNode {
  for (const statement of tree.program.body) {
    if (statement.type !== 'ExportNamedDeclaration') continue
    const specifier = statement.specifiers.find(({ exported }) => staticName(exported) === 'exports')
    if (specifier) return specifier.local
  }
  throw new BatonError('BATON_INTERNAL', 'a bundle has no exports')
}

/** Files of a bundle that people wrote, the given ones also where no code of theirs is left. */
function ownSources(built: BuiltBundle, cwd: string, given: readonly string[]): string[] {
  const named = given.map(file => relative(cwd, resolve(cwd, file)))
  const scripts = built.sources.filter(file => /\.[cm]?[jt]sx?$/.test(file) && !/(^|\/)node_modules\//.test(file))
  return [...new Set([...named, ...scripts])]
}

function commonFolder(folder: string, paths: readonly string[]): string {
  let root = folder
  for (const path of paths) {
    while (relative(root, path).startsWith('..')) root = dirname(root)
  }
  return root
}
