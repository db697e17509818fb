import { realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import type { AnyNode } from 'acorn'
import type { SourceLocation } from '../error/baton-error.js'
import { buildBundle } from './build-bundle.js'
import { compileModule } from './compile-module.js'
import { writeBundle } from './bundle-text.js'
import { entryOf } from './read-bundle.js'
import { readScripts, ScriptFiles } from './script-files.js'
import { SourceLocations } from './source-locations.js'
import { createStackMapper } from './stack-mapper.js'
import { findExport } from './find-export.js'
import { StaticValues } from './static-values.js'
import { staticName, SyntaxTree } from './syntax-tree.js'

/** A path to a value inside another one: `['specs', 0]`. */
export type ValuePath = readonly (string | number)[]

/** A file of the user's project that can be run in this process. */
export interface EvaluableFile {
  /** Runs the file with everything that it imports. @throws what the file throws */
  evaluate(): Promise<Record<string, unknown>>
  /** Returns where a value of the export `name` is written; the nearest known place around it if the value is computed. */
  locate(name: string, path: ValuePath): SourceLocation | undefined
  /** Replaces locations in the compiled code by those in the source. */
  mapStack(stack: string): string
}

/**
 * Bundles a file of the user's project, to run it in this process as if it had been imported: its imports and
 * `import.meta` mean the project's own files.
 * @param file - absolute
 * @param cwd - what places are relative to; absolute
 * @throws BatonErrors as `buildBundle`
 */
export async function prepareFile(file: string, cwd: string): Promise<EvaluableFile> {
  const built = await buildBundle({ file, cwd, setup: [] })
  const tree = new SyntaxTree(built.code)
  const locations = new SourceLocations(built.code, built.sourceMap)
  const scripts = await readScripts(built.inputs, cwd, new ScriptFiles(cwd))
  const parts = { cwd, root: '/', entry: realpathSync(file), setup: [], addons: built.addons }
  const { code, sourceMap } = writeBundle(scripts, parts)
  const mapper = createStackMapper(sourceMap, file)
  return {
    evaluate: async () => {
      const run = compileModule(code, file)
      const { exports } = await run({ directory: '/', installedIn: [dirname(file), cwd] })
      return exports
    },
    locate: (name, path) => {
      const exported = findExport(tree, entryOf(tree), name)
      const node = exported && (findValue(tree, exported, path) ?? new StaticValues(tree).resolve(exported))
      return node && locations.locate(node.start)
    },
    mapStack: stack => mapper.map(stack),
  }
}

/** Follows a path into object and array literals; spreads and the arguments of calls count as parts of the literal. */
function findValue(tree: SyntaxTree, node: AnyNode, path: ValuePath): AnyNode | undefined {
  const [step, ...rest] = path
  if (step === undefined) return undefined
  const value = new StaticValues(tree).resolve(node)
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- other kinds of node have no parts
  switch (value.type) {
    case 'ObjectExpression':
      for (const property of value.properties.toReversed()) {
        if (property.type === 'SpreadElement') {
          const inner = findValue(tree, property.argument, path)
          if (inner) return inner
        } else if (staticName(property.key, property.computed) === step) {
          return findValue(tree, property.value, rest) ?? property.value
        }
      }
      return undefined
    case 'ArrayExpression': {
      const element = new StaticValues(tree).elements(value)?.[Number(step)]
      return element && (findValue(tree, element, rest) ?? element)
    }
    case 'CallExpression':
      for (const argument of value.arguments.toReversed()) {
        const inner = findValue(tree, argument, path)
        if (inner) return inner
      }
      return undefined
    default:
      return undefined
  }
}
