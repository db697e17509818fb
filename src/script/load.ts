import vm from 'node:vm'
import { SourceMap, type SourceMapPayload } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { StackReader } from './call-place.js'
import type { LoadableModule } from './worker-messages.js'

/** A module that can be run once: its code, and the way from its compiled places back to the source. */
export interface ScriptModule extends StackReader {
  /**
   * Runs the module's top level.
   * @param importExternal - gives the namespace of what the bundle left outside
   * @returns the module's exports
   */
  evaluate(importExternal: (specifier: string) => unknown): Promise<Record<string, unknown>>
}

/** `vm.compileFunction` instead of `import()`: many modules in one process leak nothing. */
export function loadModule(module: LoadableModule): ScriptModule {
  const fileName = path.join(module.directory, `${module.id}.baton.js`)
  return {
    fileName,
    mapStack: stackMapper(fileName, module.sourceMap),
    async evaluate(importExternal) {
      const meta = { url: pathToFileURL(path.join(module.directory, module.file)).href }
      const compiled = vm.compileFunction(`return (async () => {\n${module.code}\n})()`, ['__import', '__meta'], {
        filename: fileName,
        lineOffset: -1,
        importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      }) as (importer: typeof importExternal, meta: object) => Promise<Record<string, unknown> | undefined>
      return (await compiled(importExternal, meta)) ?? {}
    },
  }
}

function stackMapper(fileName: string, sourceMap: string): (stack: string) => string {
  const place = new RegExp(`${escapeRegExp(fileName)}:(\\d+):(\\d+)`, 'g')
  let map: SourceMap | undefined
  return stack => {
    if (sourceMap === '' || !stack.includes(fileName)) return stack
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
