import { readFile, stat } from 'node:fs/promises'
import { isAbsolute, relative, resolve } from 'node:path'
import { glob } from 'tinyglobby'
import { BatonError, type SourceLocation } from '../error/baton-error.js'
import { readDeclaredFiles, type DeclaredFiles, type FilePattern } from './declared-files.js'
import { nearestPath } from './nearest-path.js'
import { sha256, type Asset } from './asset.js'

/** A declared file on the disk of the machine that submits the run. */
export interface FoundAsset {
  /** Absolute. */
  path: string
  hash: string
  size: number
}

export interface FoundAssets {
  files: FoundAsset[]
  errors: BatonError[]
}

/** Finds the files that modules declare. A file that several modules share is read once. */
export class AssetFinder {
  readonly #declared = new Map<string, Promise<DeclaredFiles>>()
  readonly #found = new Map<string, Promise<FoundAsset>>()

  /** @param maxBytes - total size of one module's files */
  constructor(
    readonly cwd: string,
    readonly maxBytes: number,
  ) {}

  /**
   * @param sources - source files that may have `export const files`; relative to `cwd`
   * @param others - files that are sent without being declared, if they exist; absolute
   */
  async find(sources: readonly string[], others: readonly string[] = []): Promise<FoundAssets> {
    const declared = await Promise.all(sources.map(source => this.#declaredIn(source)))
    const errors = declared.flatMap(one => one.errors)
    const matched = await Promise.all(declared.flatMap(one => one.patterns).map(pattern => matchPattern(pattern)))
    errors.push(...matched.flatMap(match => ('error' in match ? [match.error] : [])))
    const existing = await Promise.all(others.map(async other => ((await isFile(other)) ? [other] : [])))
    const paths = new Set([...matched.flatMap(match => ('paths' in match ? match.paths : [])), ...existing.flat()])
    const sizes = await Promise.all([...paths].toSorted().map(async path => ({ path, size: (await stat(path)).size })))
    const place = declared.flatMap(one => one.patterns)[0]?.place
    if (sizes.reduce((sum, { size }) => sum + size, 0) > this.maxBytes) {
      return { files: [], errors: [...errors, tooLargeError(sizes, this.maxBytes, this.cwd, place)] }
    }
    return { files: await Promise.all(sizes.map(({ path }) => this.#describe(path))), errors }
  }

  #declaredIn(source: string): Promise<DeclaredFiles> {
    const known = this.#declared.get(source) ?? readDeclaredFiles(source, this.cwd)
    this.#declared.set(source, known)
    return known
  }

  #describe(path: string): Promise<FoundAsset> {
    const known = this.#found.get(path) ?? hashAsset(path)
    this.#found.set(path, known)
    return known
  }
}

async function matchPattern(pattern: FilePattern): Promise<{ paths: string[] } | { error: BatonError }> {
  const { glob: text, folder, place } = pattern
  if (isAbsolute(text)) {
    return {
      error: assetError(
        `'${text}' is absolute, so other machines can't find it.`,
        place,
        'write it relative to this file',
      ),
    }
  }
  if (text.startsWith('!')) {
    return {
      error: assetError(
        `'${text}' excludes files, but only files to send can be listed.`,
        place,
        'use a narrower pattern, such as *.{png,jpg}',
      ),
    }
  }
  const paths = await glob(text, { cwd: folder, absolute: true, dot: true, expandDirectories: true })
  if (paths.length > 0) return { paths: paths.map(path => resolve(path)) }
  const nearest = await nearestPath(resolve(folder, text))
  const hint =
    nearest === undefined ? `it is relative to ${place.file}` : `did you mean '${relative(folder, nearest)}'?`
  return { error: assetError(`'${text}' matches no file.`, place, hint) }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    found => found.isFile(),
    () => false,
  )
}

async function hashAsset(path: string): Promise<FoundAsset> {
  const content = await readFile(path)
  return { path, hash: sha256(content), size: content.length }
}

/** @param root - of the asset tree; absolute */
export function toAsset({ path, hash, size }: FoundAsset, root: string): Asset {
  return {
    path: relative(root, path),
    hash,
    size,
    read: async () => {
      const content = await readFile(path)
      if (sha256(content) === hash) return content
      throw assetError('the file changed while the run was submitted.', { file: path }, 'start the run again')
    },
  }
}

function tooLargeError(
  sizes: readonly { path: string; size: number }[],
  maxBytes: number,
  cwd: string,
  place: SourceLocation | undefined,
): BatonError {
  const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`
  const total = sizes.reduce((sum, { size }) => sum + size, 0)
  const largest = sizes
    .toSorted((a, b) => b.size - a.size)
    .slice(0, 3)
    .map(({ path, size }) => `${relative(cwd, path)} (${megabytes(size)})`)
  return new BatonError(
    'BATON_MODULE_FILES',
    `${sizes.length} files with ${megabytes(total)} are too large to send with a module (at most ${megabytes(maxBytes)}).`,
    { ...(place && { place }), hint: `the largest are ${largest.join(', ')}` },
  )
}

function assetError(message: string, place: SourceLocation, hint: string): BatonError {
  return new BatonError('BATON_MODULE_FILES', message, { place, hint })
}
