import type { AnyNode, ImportDeclaration } from 'acorn'
import { BatonError } from '../error/baton-error.js'
import { closestName } from '../error/closest-name.js'
import { memberUses } from './class-members.js'
import { placeIn, type BundleText } from './source-locations.js'
import { staticName } from './syntax-tree.js'

/** What 'baton' re-exports from WebdriverIO. */
const fromWdio = ['$', '$$', 'browser', 'driver', 'expect']
/** What 'baton' exports, apart from types. */
export const batonExports = [
  'activeDevice',
  'allDone',
  'attach',
  'barrier',
  'checkpoint',
  'choose',
  'defineConfig',
  'network',
  'onDevice',
  'parallel',
  'serverUrl',
  'signal',
  'start',
  'until',
  'useDevice',
  ...fromWdio,
]
const wdioGlobals = [...fromWdio, 'multiremotebrowser']
const mochaGlobals = ['describe', 'context', 'it', 'specify', 'before', 'after', 'beforeEach', 'afterEach']
/** Names that nothing else is likely to have: used without an import, they are meant to be those of 'baton'. */
const unmistakable = ['useDevice', 'onDevice', 'activeDevice', 'serverUrl']

/** Imports of a name from the wrong package, and names of 'baton' that are not imported. */
export function findScriptMistakes(bundle: BundleText): BatonError[] {
  const imports = bundle.tree.program.body.filter(node => node.type === 'ImportDeclaration')
  return [...imports.flatMap(node => wrongImports(bundle, node)), ...missingImports(bundle)]
}

function wrongImports(bundle: BundleText, { source, specifiers }: ImportDeclaration): BatonError[] {
  const from = String(source.value)
  return specifiers.flatMap(specifier => {
    if (specifier.type !== 'ImportSpecifier' || !isUsed(bundle, specifier.local)) return []
    const name = staticName(specifier.imported) ?? ''
    const hint = from === 'baton' ? hintForBaton(name) : hintForOther(name, from)
    return hint === undefined ? [] : [mistake(bundle, specifier, `'${from}' has no export '${name}'.`, hint)]
  })
}

/** A type that is imported without `type` is used nowhere. */
function isUsed({ tree }: BundleText, local: AnyNode): boolean {
  const variable = tree.variableOf(local)
  return variable !== undefined && tree.readsOf(variable).length > 0
}

function hintForBaton(name: string): string | undefined {
  if (name === 'default' || batonExports.includes(name)) return undefined
  if (wdioGlobals.includes(name)) return takeFrom(name, '@wdio/globals')
  if (mochaGlobals.includes(name)) return `remove the import: mocha's ${name} is a global`
  const near = closestName(name, batonExports)
  return near === undefined ? `it exports ${batonExports.join(', ')}` : `did you mean '${near}'?`
}

function hintForOther(name: string, from: string): string | undefined {
  if (from !== 'webdriverio' && from !== '@wdio/globals') return undefined
  if (wdioGlobals.includes(name)) return from === 'webdriverio' ? takeFrom(name, '@wdio/globals') : undefined
  return batonExports.includes(name) ? takeFrom(name, 'baton') : undefined
}

function takeFrom(name: string, from: string): string {
  return `take it from '${from}': import { ${name} } from '${from}'`
}

function missingImports(bundle: BundleText): BatonError[] {
  return unmistakable.flatMap(name => {
    const call = bundle.tree.globals(name).find(use => {
      const parent = bundle.tree.parentOf(use)
      return parent?.type === 'CallExpression' && parent.callee === use
    })
    // A project may define it as a global itself.
    if (!call || memberUses(bundle.tree, name).length > 0) return []
    return [mistake(bundle, call, `${name} is not imported.`, `add: import { ${name} } from 'baton'`)]
  })
}

function mistake(bundle: BundleText, node: AnyNode, message: string, hint: string): BatonError {
  return new BatonError('BATON_MODULE_IMPORT', message, { place: placeIn(bundle, node), hint })
}
