import { compileModule, type ModuleExports } from '../module/compile-module.js'
import { createStackMapper, scriptName } from '../module/stack-mapper.js'
import type { StackReader } from './call-place.js'
import type { LoadableModule } from './worker-messages.js'

/** A module that can be run: its code, and the way from its compiled places back to the source. */
export interface ScriptModule extends StackReader {
  /**
   * Runs the module's top level.
   * @param importPackage - gives the namespace of a package that modules share with this process
   */
  evaluate(importPackage: (source: string) => Promise<object>): Promise<ModuleExports>
}

export function loadModule({ code, id, sourceMap, directory }: LoadableModule): ScriptModule {
  const mapper = createStackMapper(sourceMap, id)
  return {
    fileName: scriptName(id),
    mapStack: stack => mapper.map(stack),
    evaluate: async importPackage => await compileModule(code, id)({ directory, importPackage }),
  }
}
