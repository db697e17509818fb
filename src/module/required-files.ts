import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import type { CallExpression, NewExpression } from 'acorn'
import type { ResolvedSpecifiers } from './bundle-format.js'
import { isPath } from './host-packages.js'
import { isSharedPackage } from './package-names.js'
import { resolveImport, resolveRequire } from './resolve-package.js'
import { calleeName, isMetaResolve, unknownPart, type StaticPaths } from './static-paths.js'
import { staticName, type SyntaxTree } from './syntax-tree.js'

/** A file that code loads or resolves as Node does, without the bundler: `createRequire(import.meta.url)('pkg/file')`. */
export interface RequiredFile {
  /** The file whose code does so; absolute. */
  by: string
  source: string
  /** A package may have one file for `import` and another for `require`. */
  how: keyof ResolvedSpecifiers
  /** What it stands for; absolute. */
  path: string
}

/** Finds the calls of functions that `createRequire` returned, of `require.resolve`, and of `import.meta.resolve`. */
export function findRequiredFiles(tree: SyntaxTree, paths: StaticPaths): RequiredFile[] {
  const hasCreateRequire = tree.code.includes('createRequire')
  return tree.calls.flatMap(call => {
    const [argument] = call.arguments
    const bases = argument ? basesOf(call, paths, hasCreateRequire) : []
    // Finding the file of a call takes the longest, and hardly any call has a base.
    const by = bases.length > 0 ? paths.origins.fileOf(call) : undefined
    if (!argument || by === undefined) return []
    const how = isMetaResolve(call) ? 'imports' : 'requires'
    return paths.of(argument).flatMap(source => bases.flatMap(base => resolveFrom(base, { by, source, how })))
  })
}

/** Returns the files from which a call resolves its argument; none if it does not. */
function basesOf({ callee }: CallExpression | NewExpression, paths: StaticPaths, hasCreateRequire: boolean): string[] {
  const isResolve = callee.type === 'MemberExpression' && staticName(callee.property, callee.computed) === 'resolve'
  const used = isResolve ? callee.object : callee
  const loader = hasCreateRequire ? paths.values.resolve(used) : undefined
  if (loader?.type === 'CallExpression' && calleeName(paths.tree, loader) === 'createRequire') {
    const [from] = loader.arguments
    return from ? paths.of(from) : []
  }
  // The bundler's replacement for `require`.
  const isRequire = isResolve && used.type === 'Identifier' && /^(?:__)?require\d*$/.test(used.name)
  const file = isRequire || (isResolve && used.type === 'MetaProperty') ? paths.origins.fileOf(used) : undefined
  return file === undefined ? [] : [file]
}

function resolveFrom(base: string, required: Omit<RequiredFile, 'path'>): RequiredFile[] {
  const { source, how } = required
  const isElsewhere = isBuiltin(source) || isSharedPackage(source) || source === ''
  if (isElsewhere || source.includes(unknownPart) || !posix.isAbsolute(base) || base.includes(unknownPart)) return []
  try {
    const resolve = how === 'imports' && !isPath(source) ? resolveImport : resolveRequire
    return [{ ...required, path: resolve(source, base) }]
  } catch {
    // The module gets the error when it runs.
    return []
  }
}

/** Specifiers that mean the same in all files: those of packages. By the file that has them. */
export function packageFiles(required: readonly RequiredFile[]): Map<string, ResolvedSpecifiers> {
  const files = new Map<string, ResolvedSpecifiers>()
  for (const { by, source, how, path } of required) {
    if (isPath(source)) continue
    const known = files.get(by) ?? { imports: {}, requires: {} }
    files.set(by, { ...known, [how]: { ...known[how], [source]: path } })
  }
  return files
}
