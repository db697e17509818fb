import { SourceMap } from 'node:module'
import type { SourceLocation } from '../error/baton-error.js'

/** Finds the source of positions in generated code. */
export class SourceLocations {
  readonly #lineStarts: number[] = [0]
  readonly #map: SourceMap

  /** @param sourceMap - JSON text whose sources are relative to the run's working directory */
  constructor(code: string, sourceMap: string) {
    for (let at = code.indexOf('\n'); at >= 0; at = code.indexOf('\n', at + 1)) this.#lineStarts.push(at + 1)
    this.#map = new SourceMap(JSON.parse(sourceMap))
  }

  /** @param offset - in the generated code, in UTF-16 units */
  locate(offset: number): SourceLocation | undefined {
    const line = this.#lineOf(offset)
    return originalLocation(this.#map, line, offset - (this.#lineStarts[line] ?? 0))
  }

  #lineOf(offset: number): number {
    let low = 0
    let high = this.#lineStarts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return low
  }
}

/**
 * Finds the source of one position.
 * @param line - in the generated code, from 0
 * @param column - in the generated code, from 0
 */
export function originalLocation(map: SourceMap, line: number, column: number): SourceLocation | undefined {
  // Node returns {} for an unknown position.
  const entry = map.findEntry(line, column) as {
    originalSource?: string
    originalLine?: number
    originalColumn?: number
  }
  if (entry.originalSource === undefined || entry.originalLine === undefined) return undefined
  return { file: entry.originalSource, line: entry.originalLine + 1, column: (entry.originalColumn ?? 0) + 1 }
}
