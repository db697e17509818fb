import type { Message, Metafile } from 'esbuild'
import { packageOfImport } from './package-names.js'

/*
 * A native addon is built for one machine, so it can't travel. The package around it stays outside of the bundle and is
 * resolved where the module is executed. Two things give such a package away: it imports a `.node` file (or a package
 * that is one, as prebuilt platform packages are), or it imports one of the packages that look for the `.node` file.
 */

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
  /** Packages to leave to the host. */
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

/** Packages whose `.node` file was never built on this machine; the host may have it. */
export function findUnbuiltAddons(errors: readonly Message[]): string[] {
  return errors.flatMap(error => {
    const owner = packageOfFile(error.location?.file ?? '')
    return owner !== undefined && /^Could not resolve ".*\.node"/.test(error.text) ? [owner] : []
  })
}

/** The package that a file of `node_modules` belongs to. */
export function packageOfFile(file: string): string | undefined {
  const inside = file.split(/(?:^|\/)node_modules\//).at(-1)
  return inside === undefined || inside === file ? undefined : packageOfImport(inside)
}
