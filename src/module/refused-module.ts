import type { BatonError } from '../error/baton-error.js'
import { selectorForLabels } from '../device/selector.js'
import { sha256 } from './asset.js'
import type { BundledFiles } from './bundle-format.js'
import type { LoadedModule } from './module-bundle.js'
import { noSurroundings } from './project-listing.js'

/** Errors that concern one module: others can run. */
const ownErrors = new Set(['BATON_MODULE_SYNTAX', 'BATON_MODULE_IMPORT', 'BATON_MODULE_ADDON'])

export function concernsOneModule(errors: readonly BatonError[]): boolean {
  return errors.length > 0 && errors.every(({ code }) => ownErrors.has(code))
}

/**
 * Stands for a module that can't be bundled: it fails with these errors on any device, so that it appears in all reports and
 * stages that need it don't start.
 * @param file - the module's name
 */
export function refusedModule(file: string, errors: readonly BatonError[]): LoadedModule {
  const [first, ...others] = errors
  const message = [first?.message, ...others.map(error => error.format())].join('\n')
  const { code = 'BATON_MODULE_IMPORT', place, hint } = first ?? {}
  const refused = { code, message, ...(place && { place }), ...(hint && { hint }) }
  const files: BundledFiles = { entry: file, setup: [], addons: [], packages: [], refused, files: {} }
  const parts = { file, code: `return${JSON.stringify(files)}`, sourceMap: '[]', base: '', externals: [], files: [] }
  return {
    bundle: { ...parts, ...noSurroundings, hash: sha256(JSON.stringify(parts)) },
    stated: { file, needs: { device: selectorForLabels([]) }, firstRole: 'device', places: {}, declared: true },
    refused: errors,
  }
}
