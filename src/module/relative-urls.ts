import type { SourceLocation } from '../error/baton-error.js'
import { memberUses } from './class-members.js'
import { placeIn, type BundleText } from './source-locations.js'
import { staticName } from './syntax-tree.js'

/** A call such as `browser.url('/login')`, which needs a baseUrl. */
export interface RelativeUrl {
  url: string
  place: SourceLocation
}

/** Finds pages that a module opens by a relative URL, unless it seems to set a baseUrl or to replace the command itself. */
export function findRelativeUrls(bundle: BundleText): RelativeUrl[] {
  const { tree } = bundle
  if (/\b(?:baseUrl|overwriteCommand)\b/.test(tree.code)) return []
  const browsers = browserVariables(bundle)
  return memberUses(tree, 'url').flatMap(member => {
    const { object } = member
    const call = tree.parentOf(member)
    if (object.type !== 'Identifier' || call?.type !== 'CallExpression' || call.callee !== member) return []
    const variable = tree.variableOf(object)
    const isBrowser = variable ? browsers.has(variable) : ['browser', 'driver'].includes(object.name)
    const [argument] = call.arguments
    const url = argument && argument.type !== 'Identifier' ? staticName(argument) : undefined
    if (!isBrowser || url === undefined || /^[a-z][a-z0-9+.-]*:/i.test(url)) return []
    return [{ url, place: placeIn(bundle, call) }]
  })
}

/** What a module imports as `browser` or `driver`. */
function browserVariables({ tree }: BundleText): Set<unknown> {
  const specifiers = tree.program.body
    .filter(node => node.type === 'ImportDeclaration' && node.source.value === '@wdio/globals')
    .flatMap(node => (node.type === 'ImportDeclaration' ? node.specifiers : []))
  const named = specifiers.filter(
    each => each.type === 'ImportSpecifier' && ['browser', 'driver'].includes(staticName(each.imported) ?? ''),
  )
  return new Set(named.flatMap(({ local }) => tree.variableOf(local) ?? []))
}
