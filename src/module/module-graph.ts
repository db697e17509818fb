import { resolve } from 'node:path'
import type { Metafile } from 'esbuild'
import type { ResolvedSpecifiers } from './bundle-format.js'
import { isSharedPackage } from './package-names.js'
import { entryName } from './stack-mapper.js'

/** How the bundler understood a file; undefined if it has the syntax of neither. */
export type ScriptFormat = 'esm' | 'cjs' | undefined

/** A file of a bundle, and what its specifiers resolve to; absolute paths. */
export interface GraphFile extends ResolvedSpecifiers {
  path: string
  format: ScriptFormat
  /** The files that are evaluated before it, or while it is. */
  evaluated: string[]
}

/** Reads which files a bundle has, and what they import, from the bundler's description. */
export function readGraph(inputs: Metafile['inputs'], cwd: string): Map<string, GraphFile> {
  const files = new Map<string, GraphFile>()
  for (const [name, input] of Object.entries(inputs)) {
    if (!isFile(name)) continue
    const file: GraphFile = { path: resolve(cwd, name), format: input.format, imports: {}, requires: {}, evaluated: [] }
    for (const { path, kind, original = path, external } of input.imports) {
      if (external || !(path in inputs) || !isFile(path)) continue
      const isRequired = kind === 'require-call' || kind === 'require-resolve'
      const target = resolve(cwd, path)
      file[isRequired ? 'requires' : 'imports'][original] = target
      if (kind === 'import-statement' || kind === 'require-call') file.evaluated.push(target)
    }
    files.set(file.path, file)
  }
  return files
}

/** Returns the specifiers of packages that stay on the host. */
export function hostPackages(inputs: Metafile['inputs']): string[] {
  const all = Object.values(inputs).flatMap(({ imports }) => imports)
  const found = all.filter(
    ({ path, kind, external }) =>
      external === true && (kind === 'import-statement' || (kind === 'require-call' && isSharedPackage(path))),
  )
  return [...new Set(found.map(({ path }) => path))].toSorted()
}

/** Not the generated entry, nor what stands for all files that `import(`./x/${name}.ts`)` may load. */
function isFile(name: string): boolean {
  return !name.endsWith(entryName) && !/^\(disabled\):|^(?:import|require)\("|\*/.test(name)
}

/**
 * Finds the files that import themselves, directly or through others.
 * @param edges - file → the files that it imports
 */
export function filesInCycles(edges: ReadonlyMap<string, readonly string[]>): Set<string> {
  // Tarjan's algorithm, with its names.
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const done = new Set<string>()
  const cyclic = new Set<string>()
  const visit = (file: string): void => {
    index.set(file, index.size)
    low.set(file, index.get(file) ?? 0)
    stack.push(file)
    const next = edges.get(file) ?? []
    for (const other of next) {
      if (!index.has(other)) visit(other)
      if (!done.has(other)) low.set(file, Math.min(low.get(file) ?? 0, low.get(other) ?? 0))
    }
    if (low.get(file) !== index.get(file)) return
    const group = stack.splice(stack.indexOf(file))
    for (const member of group) {
      done.add(member)
      if (group.length > 1 || next.includes(file)) cyclic.add(member)
    }
  }
  for (const file of edges.keys()) if (!index.has(file)) visit(file)
  return cyclic
}
