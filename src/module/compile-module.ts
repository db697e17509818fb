import { compileFunction, constants } from 'node:vm'
import type { BundledFiles } from './bundle-format.js'
import type { LoadContext } from './host-packages.js'
import { ModuleLoader, type ModuleExports } from './module-loader.js'
import { scriptName } from './stack-mapper.js'

/**
 * Compiles a module's code. Unlike an imported ES module, it can be garbage-collected.
 * @param code - of a `ModuleBundle`
 * @param id - as given to `createStackMapper`
 * @returns a function that runs the module, afresh with each call. It throws what the module throws, BATON_MODULE_ADDON if
 *   a package with a native addon is not installed here, and BATON_MODULE_IMPORT if a shared package lacks an export
 */
export function compileModule(code: string, id: string): (context: LoadContext) => Promise<ModuleExports> {
  const filesOf: () => BundledFiles = compileFunction(code, [], {
    filename: scriptName(id),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as never
  return context => new ModuleLoader(filesOf(), context).load()
}
