import { relative, resolve } from 'node:path'
import { buildBundle, type BuiltBundle } from './build-bundle.js'
import type { AssetFinder, FoundAssets } from './find-assets.js'
import { expandNamedFiles } from './expand-named-files.js'
import type { ModuleFile } from './module-file.js'
import { readBundle, type ReadBundle } from './read-bundle.js'
import { snapshotFiles } from './snapshot-files.js'

export interface BuiltModule {
  built: BuiltBundle
  read: ReadBundle
  found: FoundAssets
}

interface BuildModuleOptions {
  file: ModuleFile
  cwd: string
  setup: readonly string[]
  finder: AssetFinder
  ownDevices?: readonly string[] | undefined
}

/** Bundles a module. Scripts among its assets are bundled, too: the module may import them by computed names. */
export async function buildWithAssets({
  file,
  cwd,
  setup,
  finder,
  ownDevices,
}: BuildModuleOptions): Promise<BuiltModule> {
  const { path, name } = file
  const computed = new Set<string>()
  for (;;) {
    const known = computed.size
    const built = await buildBundle({ file: path, cwd, setup, computed: [...computed] })
    const read = readBundle(built, { file: name, cwd, ownDevices })
    const sources = ownSources(built, cwd, [path, ...setup])
    const absolute = sources.map(source => resolve(cwd, source))
    const bundled = Object.keys(built.inputs).map(input => resolve(cwd, input))
    const imported = new Set(bundled.filter(input => !computed.has(input)))
    const named = await expandNamedFiles(read.named, imported)
    const found = await finder.find(sources, [...snapshotFiles(built.code, path, absolute), ...named])
    for (const asset of found.files) {
      const isNew = isScript(asset.path) && !(relative(cwd, asset.path) in built.inputs) && !computed.has(asset.path)
      if (isNew && (await canBeBundled(asset.path, cwd))) computed.add(asset.path)
    }
    if (computed.size === known) return { built, read, found }
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
