import { compileModule } from '../module/compile-module.js'
import type { LoadContext } from '../module/host-packages.js'
import type { ModuleExports } from '../module/module-loader.js'
import { createStackMapper, scriptName } from '../module/stack-mapper.js'
import { callerPlace, type StackReader } from './caller-place.js'
import { createBuiltins } from './source-assert.js'
import { noteImport } from './loaded-files.js'
import { ThrownPlaces } from './thrown-places.js'
import type { LoadableModule } from './worker-messages.js'

/** A module's compiled code, ready to run, and the mapping to its source. */
export interface ScriptModule extends StackReader {
  /**
   * Runs the top level of the setup files and of the module.
   * @param importPackage - imports a package that modules share with this process
   * @param onSetup - called with the exports of each setup file, before the next file is loaded
   */
  evaluate(importPackage: (source: string) => Promise<object>, onSetup?: LoadContext['onSetup']): Promise<ModuleExports>
  readonly thrown: ThrownPlaces
}

export function createScriptModule(module: LoadableModule): ScriptModule {
  const { id, code, sourceMap, directory } = module
  const mapper = createStackMapper(sourceMap, id)
  const fileName = scriptName(id)
  const thrown = new ThrownPlaces()
  const reader = { fileName, mapStack: (stack: string) => mapper.map(stack), sourceText: mapper.sourceText, thrown }
  const builtin = createBuiltins({ fileName, ...mapper })
  const onThrow = (value: unknown): void => {
    const place = callerPlace(reader)
    if (place) thrown.record(value, place)
  }
  return {
    ...reader,
    evaluate: async (importPackage, onSetup) =>
      compileModule(code, id)({ directory, importPackage, builtin, onThrow, onSetup, onLastingImport: noteImport }),
  }
}
