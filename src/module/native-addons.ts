import type { Message, Metafile } from 'esbuild'
import { packageOfFile } from './package-names.js'

/*
 * A native addon is built for one machine, so it can't be bundled. Its package stays external and is resolved on the host
 * that runs the module. A package has a native addon if it imports a `.node` file (or a package that is one, such as a
 * prebuilt platform package), or if it imports one of the packages that locate the `.node` file.
 */

/** Packages that locate a `.node` file at run time. */
const addonLoaders = new Set([
  'bindings',
  'node-gyp-build',
  'node-gyp-build-optional-packages',
  'node-pre-gyp',
  '@mapbox/node-pre-gyp',
  'node-addon-loader',
  'pkg-prebuilds',
])

export interface AddonUses {
  /** Packages to keep external. */
  packages: string[]
  /** Imports of a `.node` file by the user's own code. */
  own: { file: string; source: string }[]
}

/** Finds the packages with native addons among all files of a bundle. */
export function findAddons(inputs: Metafile['inputs']): AddonUses {
  const uses: AddonUses = { packages: [], own: [] }
  for (const [file, input] of Object.entries(inputs)) {
    const owner = packageOfFile(file)
    for (const { path, original } of input.imports) {
      const found = path.endsWith('.node') || addonLoaders.has(packageOfFile(path) ?? '')
      if (!found) continue
      if (owner !== undefined) uses.packages.push(owner)
      else if (path.endsWith('.node') && packageOfFile(path) === undefined)
        uses.own.push({ file, source: original ?? path })
      else uses.packages.push(packageOfFile(path) ?? path)
    }
  }
  return uses
}

/** Finds packages whose `.node` file was not built on this machine; the host may have it. */
export function findUnbuiltAddons(errors: readonly Message[]): string[] {
  return errors.flatMap(error => {
    const owner = packageOfFile(error.location?.file ?? '')
    return owner !== undefined && /^Could not resolve (?:require\()?".*\.node"/.test(error.text) ? [owner] : []
  })
}
