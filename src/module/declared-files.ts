import { readFile } from 'node:fs/promises'
import { dirname, extname, resolve } from 'node:path'
import { transform, type Loader } from 'esbuild'
import type { AnyNode } from 'acorn'
import { BatonError, type SourceLocation } from '../error/baton-error.js'
import { StaticValues } from './static-values.js'
import { findCommonJsExport } from './find-export.js'
import { excerpt } from './read-devices.js'
import { SourceLocations } from './source-locations.js'
import { staticName, SyntaxTree } from './syntax-tree.js'

/** One glob of `export const files`. */
export interface FilePattern {
  /** Relative to `folder`. */
  glob: string
  /** Folder of the file that declares it; absolute. */
  folder: string
  place: SourceLocation
}

export interface DeclaredFiles {
  patterns: FilePattern[]
  errors: BatonError[]
}

/**
 * Reads `export const files = ['fixtures/*.png']` of one source file. It is not read from the bundle, which leaves out the
 * `files` of helpers: nothing imports them.
 * @param file - relative to `cwd`, or absolute
 */
export async function readDeclaredFiles(file: string, cwd: string): Promise<DeclaredFiles> {
  const path = resolve(cwd, file)
  // Some inputs of a bundle are not files, such as the candidates of `import(`./x/${name}.js`)`.
  const source = await readFile(path, 'utf8').catch(() => '')
  if (!/\bfiles\b/.test(source)) return { patterns: [], errors: [] }
  const { code, map } = await transform(source, {
    loader: loaderOf(path),
    sourcemap: 'external',
    sourcefile: file,
    sourcesContent: false,
    charset: 'utf8',
    logLevel: 'silent',
  })
  const tree = parsed(code)
  const exported = tree && exportedFiles(tree)
  if (!exported) return { patterns: [], errors: [] }
  const locations = new SourceLocations(code, map)
  const placeOf = (node: AnyNode): SourceLocation => ({ ...locations.locate(node.start), file })
  return readPatterns(tree, exported, { folder: dirname(path), placeOf })
}

function loaderOf(path: string): Loader {
  switch (extname(path)) {
    case '.ts':
    case '.mts':
    case '.cts':
      return 'ts'
    case '.tsx':
      return 'tsx'
    case '.json':
      return 'json'
    default:
      return 'jsx'
  }
}

/** Returns undefined for a script whose syntax is not allowed in ES modules, such as `with`. */
function parsed(code: string): SyntaxTree | undefined {
  try {
    return new SyntaxTree(code)
  } catch {
    return undefined
  }
}

function exportedFiles(tree: SyntaxTree): AnyNode | undefined {
  for (const statement of tree.program.body) {
    if (statement.type !== 'ExportNamedDeclaration') continue
    const local = statement.specifiers.find(specifier => staticName(specifier.exported) === 'files')?.local
    if (local) return statement.source ? undefined : local
    if (statement.declaration?.type !== 'VariableDeclaration') continue
    for (const { id } of statement.declaration.declarations)
      if (id.type === 'Identifier' && id.name === 'files') return id
  }
  return findCommonJsExport(tree, tree.globals('exports'), tree.globals('module'), 'files')
}

function readPatterns(
  tree: SyntaxTree,
  exported: AnyNode,
  { folder, placeOf }: { folder: string; placeOf: (node: AnyNode) => SourceLocation },
): DeclaredFiles {
  const filesError = (message: string, node: AnyNode): BatonError =>
    new BatonError('BATON_MODULE_FILES', message, {
      place: placeOf(node),
      hint: "write it out: export const files = ['fixtures/*.png']",
    })
  const values = new StaticValues(tree)
  const elements = values.elements(exported)
  if (!elements)
    return { patterns: [], errors: [filesError('`export const files`: expected a list of literals.', exported)] }
  const patterns: FilePattern[] = []
  const errors: BatonError[] = []
  for (const element of elements) {
    const globs = values.strings(element)
    if (!globs)
      errors.push(filesError(`expected a path or glob in quotes, found \`${excerpt(tree, element)}\`.`, element))
    for (const glob of globs ?? []) patterns.push({ glob, folder, place: placeOf(element) })
  }
  return { patterns, errors }
}
