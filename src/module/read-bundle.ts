import { resolve } from 'node:path'
import type { AnyNode } from 'acorn'
import { BatonError } from '../error/baton-error.js'
import type { BuiltBundle } from './build-bundle.js'
import { findNamedFiles, type NamedFiles } from './named-files.js'
import { readNeeds, type ModuleNeeds } from './read-needs.js'
import { findRelativeUrls, type RelativeUrl } from './relative-urls.js'
import { SourceLocations } from './source-locations.js'
import { staticTestTitles } from './static-tests.js'
import { staticName, SyntaxTree } from './syntax-tree.js'

/** What the code of a bundle says about the module. */
export interface ReadBundle {
  needs: ModuleNeeds
  errors: BatonError[]
  named: NamedFiles
  /** See `staticTestTitles`. */
  testTitles: readonly string[] | undefined
  relativeUrls: readonly RelativeUrl[]
}

export interface ReadBundleOptions {
  /** The module's name. */
  file: string
  cwd: string
  /** See `readNeeds`. */
  ownDevices?: readonly string[] | undefined
}

/**
 * Reads which devices a module needs, and which files it names. Synchronous: syntax trees are large, and cheap to collect if
 * they are short-lived.
 */
export function readBundle({ code, sourceMap }: BuiltBundle, { file, cwd, ownDevices }: ReadBundleOptions): ReadBundle {
  const tree = new SyntaxTree(code)
  const locations = new SourceLocations(code, sourceMap)
  const bundle = { file, tree, locations, entry: entryOf(tree) }
  const { needs, errors } = readNeeds(bundle, ownDevices)
  const fileOf = (node: AnyNode): string | undefined => {
    const source = locations.locate(node.start)?.file
    return source === undefined ? undefined : resolve(cwd, source)
  }
  return {
    needs,
    errors,
    named: findNamedFiles(tree, { cwd, fileOf }),
    testTitles: staticTestTitles(tree),
    relativeUrls: findRelativeUrls(bundle),
  }
}

/** Returns the expression for all exports of the module's file. */
export function entryOf(tree: SyntaxTree): AnyNode {
  for (const statement of tree.program.body) {
    if (statement.type !== 'ExportNamedDeclaration') continue
    const specifier = statement.specifiers.find(({ exported }) => staticName(exported) === 'exports')
    if (specifier) return specifier.local
  }
  throw new BatonError('BATON_INTERNAL', 'a bundle has no exports')
}
