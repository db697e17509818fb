import { compileModule } from '../module/compile-module.js'
import type { ModuleExports } from '../module/module-loader.js'
import { createStackMapper, scriptName } from '../module/stack-mapper.js'
import type { StackReader } from './caller-place.js'
import type { LoadableModule } from './worker-messages.js'

/** A module's compiled code, ready to run, and the mapping to its source. */
export interface ScriptModule extends StackReader {
  /**
   * Runs the top level of the setup files and of the module.
   * @param importPackage - imports a package that modules share with this process
   */
  evaluate(importPackage: (source: string) => Promise<object>): Promise<ModuleExports>
}

export function createScriptModule(module: LoadableModule): ScriptModule {
  const { id, code, sourceMap, directory } = module
  const mapper = createStackMapper(sourceMap, id)
  return {
    fileName: scriptName(id),
    mapStack: stack => mapper.map(stack),
    evaluate: async importPackage => compileModule(code, id)({ directory, importPackage }),
  }
}
