import { compileModule, type ModuleExports } from '../module/compile-module.js'
import { explainMissingFile } from '../module/missing-file.js'
import { createStackMapper, scriptName } from '../module/stack-mapper.js'
import type { StackReader } from './caller-place.js'
import type { LoadableModule } from './worker-messages.js'

/** A module that can be run: its code, and the way from its compiled places back to the source. */
export interface ScriptModule extends StackReader {
  /**
   * Runs the top level of the set-up files and of the module.
   * @param importPackage - gives the namespace of a package that modules share with this process
   */
  evaluate(importPackage: (source: string) => Promise<object>): Promise<ModuleExports>
  /** Says of an error that comes from a file which did not travel what to do about it; others stay as they are. */
  readonly explainError: (error: unknown) => unknown
}

export function createScriptModule(module: LoadableModule): ScriptModule {
  const { id, code, sourceMap, directory } = module
  const mapper = createStackMapper(sourceMap, id)
  return {
    fileName: scriptName(id),
    mapStack: stack => mapper.map(stack),
    explainError: error => explainMissingFile(error, module),
    evaluate: async importPackage => compileModule(code, id)({ directory, importPackage }),
  }
}
