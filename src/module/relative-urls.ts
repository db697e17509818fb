import type { SourceLocation } from '../error/baton-error.js'
import type { Variable } from 'eslint-scope'
import { memberName } from './class-members.js'
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
  const globals = ['browser', 'driver'].flatMap(name => tree.globals(name))
  const imported = browserVariables(bundle).flatMap(variable => tree.readsOf(variable))
  return [...globals, ...imported].flatMap(use => {
    const member = tree.parentOf(use)
    if (member?.type !== 'MemberExpression' || member.object !== use || memberName(member) !== 'url') return []
    const call = tree.parentOf(member)
    if (call?.type !== 'CallExpression' || call.callee !== member) return []
    const [argument] = call.arguments
    const url = argument && argument.type !== 'Identifier' ? staticName(argument) : undefined
    if (url === undefined || /^[a-z][a-z0-9+.-]*:/i.test(url)) return []
    return [{ url, place: placeIn(bundle, call) }]
  })
}

/** What a module imports as `browser` or `driver`. */
function browserVariables({ tree }: BundleText): Variable[] {
  const specifiers = tree.program.body
    .filter(node => node.type === 'ImportDeclaration')
    .filter(({ source }) => source.value === '@wdio/globals' || source.value === 'baton')
    .flatMap(({ specifiers }) => specifiers)
  const named = specifiers.filter(
    each => each.type === 'ImportSpecifier' && ['browser', 'driver'].includes(staticName(each.imported) ?? ''),
  )
  return named.flatMap(({ local }) => tree.variableOf(local) ?? [])
}
