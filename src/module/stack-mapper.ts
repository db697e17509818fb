import { SourceMap } from 'node:module'
import { formatLocation, type SourceLocation } from '../error/baton-error.js'
import type { FileLines } from './bundle-format.js'
import { originalLocation } from './source-locations.js'

/** Kept, because a module may replace it and its failure must still be mapped. */
const { parse: parseJson } = JSON

/** The source file that Baton generates for each bundle: it imports the setup files and the module. */
export const entryName = 'baton:entry'

/** The file name of a module's compiled code in stacks. */
export function scriptName(id: string): string {
  return `/baton/${encodeURIComponent(id)}.js`
}

export interface StackMapper {
  /**
   * Replaces locations in the bundle by those in the source, relative to the run's working directory. Frames of other code
   * stay, those of generated code are removed.
   */
  map(stack: string): string
  /** Returns the place in the source of a position in the bundle. Lines and columns count from 1. */
  readonly locate: (line: number, column: number) => SourceLocation | undefined
  /** Returns the text of one of the user's source files, by its path as in mapped stacks. */
  readonly sourceText: (file: string) => string | undefined
}

/**
 * Creates the stack mapper of one module.
 * @param sourceMap - of a `ModuleBundle`; parsed when it is first needed
 * @param id - as given to `compileModule`
 */
export function createStackMapper(sourceMap: string, id: string): StackMapper {
  let places: BundlePlaces | undefined
  const name = scriptName(id)
  // Matchers print stacks with paths relative to the working directory.
  const location = new RegExp(`(?:file://|(?:\\.\\./)*\\.\\.(?=/))?${escape(name)}:(\\d+):(\\d+)`, 'g')
  const bundlePlaces = (): BundlePlaces => (places ??= new BundlePlaces(parseJson(sourceMap) as FileLines[]))
  const locate = (line: number, column: number): SourceLocation | undefined =>
    bundlePlaces().locate(line - 1, column - 1)
  const mapLine = (line: string): string[] => {
    let isGenerated = false
    const mapped = line.replace(location, (whole, line: string, column: string) => {
      const place = locate(Number(line), Number(column))
      isGenerated = !place
      return place ? formatLocation(place) : whole
    })
    // The functions around the files are Baton's.
    return isGenerated && /^\s+at /.test(line) ? [] : [mapped]
  }
  return {
    map: stack => (stack.includes(name) ? stack.split('\n').flatMap(mapLine).join('\n') : stack),
    locate,
    sourceText: file => bundlePlaces().files.find(each => each.file === file)?.source,
  }
}

/** Finds the sources of positions in a bundle. */
class BundlePlaces {
  readonly #maps = new Map<FileLines, SourceMap>()

  constructor(readonly files: readonly FileLines[]) {}

  /** Both count from 0. */
  locate(line: number, column: number): SourceLocation | undefined {
    const found = this.files.find(file => line >= file.line && line < file.line + file.count)
    if (!found) return undefined
    const { file, mappings } = found
    const inFile = line - found.line
    const inLine = unshifted(column, found.shifts?.[inFile] ?? [])
    if (mappings === undefined) return { file, line: inFile + 1, column: inLine + 1 }
    const place = originalLocation(this.#mapOf(found, mappings), inFile, inLine)
    return place && { ...place, file }
  }

  #mapOf(file: FileLines, mappings: string): SourceMap {
    const known = this.#maps.get(file)
    if (known) return known
    const payload = {
      version: 3,
      file: '',
      sources: [file.file],
      sourcesContent: [],
      names: [],
      mappings,
      sourceRoot: '',
    }
    const map = new SourceMap(payload)
    this.#maps.set(file, map)
    return map
  }
}

/** Returns the column before insertions. */
function unshifted(column: number, shifts: readonly [column: number, length: number][]): number {
  let length = 0
  for (const [at, inserted] of shifts) if (column > at) length += Math.min(inserted, column - at)
  return column - length
}

function escape(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)
}
