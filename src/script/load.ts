import { isBuiltin, SourceMap, type SourceMapPayload } from 'node:module'
import vm from 'node:vm'
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

export interface ModuleExports {
  exports: Record<string, unknown>
  /** What each set-up file exports, in their order. */
  setup: Record<string, unknown>[]
}

/** `vm.compileFunction` instead of `import()`: many modules in one process leak nothing. */
export function loadModule(module: LoadableModule): ScriptModule {
  const fileName = `/baton/${encodeURIComponent(module.id)}.js`
  return {
    fileName,
    mapStack: stackMapper(fileName, module.sourceMap),
    async evaluate(importPackage) {
      const body = vm.compileFunction(module.code, ['$baton_loader'], {
        filename: fileName,
        lineOffset: -1,
        importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      }) as (loader: object) => Promise<ModuleExports>
      return await body({
        import: (source: string) => (isBuiltin(source) ? import(source) : importPackage(source)),
      })
    },
  }
}

function stackMapper(fileName: string, sourceMap: string): (stack: string) => string {
  const place = new RegExp(`${escapeRegExp(fileName)}:(\\d+):(\\d+)`, 'g')
  let map: SourceMap | undefined
  return stack => {
    if (!stack.includes(fileName)) return stack
    map ??= new SourceMap(JSON.parse(sourceMap) as SourceMapPayload)
    const known = map
    return stack.replace(place, (all, line: string, column: string) => {
      const entry = known.findEntry(Number(line) - 1, Number(column) - 1)
      return 'originalSource' in entry
        ? `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
        : all
    })
  }
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
