import { relative, resolve } from 'node:path'
import { buildBundle, type BuiltBundle } from './build-bundle.js'
import type { AssetFinder, FoundAssets } from './find-assets.js'
import type { ModuleFile } from './module-file.js'
import { snapshotFiles } from './snapshot-files.js'

export interface BuiltModule {
  built: BuiltBundle
  found: FoundAssets
}

interface BuildModuleOptions {
  file: ModuleFile
  cwd: string
  setup: readonly string[]
  finder: AssetFinder
}

/** Bundles a module. Scripts among its assets are bundled, too: the module may import them by computed names. */
export async function buildWithAssets({ file, cwd, setup, finder }: BuildModuleOptions): Promise<BuiltModule> {
  const { path } = file
  const computed = new Set<string>()
  for (;;) {
    const known = computed.size
    const built = await buildBundle({ file: path, cwd, setup, computed: [...computed] })
    const sources = ownSources(built, cwd, [path, ...setup])
    const absolute = sources.map(source => resolve(cwd, source))
    const found = await finder.find(sources, snapshotFiles(built.code, path, absolute))
    for (const asset of found.files) {
      const isNew = isScript(asset.path) && !(relative(cwd, asset.path) in built.inputs) && !computed.has(asset.path)
      if (isNew && (await canBeBundled(asset.path, cwd))) computed.add(asset.path)
    }
    if (computed.size === known) return { built, found }
  }
}

/** Returns the user's own source files of a bundle, and the given ones even if none of their code is left in it. */
function ownSources(built: BuiltBundle, cwd: string, given: readonly string[]): string[] {
  const named = given.map(file => relative(cwd, resolve(cwd, file)))
  const scripts = built.sources.filter(file => /\.[cm]?[jt]sx?$/.test(file) && !/(^|\/)node_modules\//.test(file))
  return [...new Set([...named, ...scripts])]
}

function isScript(path: string): boolean {
  return /\.(?:[cm]?[jt]s|[jt]sx)$/.test(path) && !/\.d\.[cm]?ts$/.test(path)
}

/** A file that is only read, such as a compiler test's broken script, does not make a module invalid. */
async function canBeBundled(file: string, cwd: string): Promise<boolean> {
  return buildBundle({ file, cwd, setup: [] }).then(
    () => true,
    () => false,
  )
}
