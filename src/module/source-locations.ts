import type { AnyNode } from 'acorn'
import { SourceMap, type SourceMapPayload } from 'node:module'
import type { SourceLocation } from '../error/baton-error.js'
import { lineStarts } from './es-module-text.js'
import type { SyntaxTree } from './syntax-tree.js'

/** A bundle to read: its code, what its names mean, where its code comes from. */
export interface BundleText {
  file: string
  tree: SyntaxTree
  locations: SourceLocations
  /** The expression for the exports of the module's file. */
  entry: AnyNode
}

/** Returns the source of a node; its module's file if that is not known. */
export function placeIn({ locations, file }: BundleText, node: AnyNode): SourceLocation {
  return locations.locate(node.start) ?? { file }
}

/** Finds the source of positions in generated code. */
export class SourceLocations {
  readonly #lineStarts: number[]
  readonly #map: SourceMap | undefined
  readonly #file: string

  /**
   * @param origin - JSON text of a source map whose sources are relative to the run's working directory, or the file whose
   *   text the code is
   */
  constructor(code: string, origin: string | { file: string }) {
    this.#lineStarts = lineStarts(code)
    this.#map = typeof origin === 'string' ? new SourceMap(JSON.parse(origin) as SourceMapPayload) : undefined
    this.#file = typeof origin === 'string' ? '' : origin.file
  }

  /** @param offset - in the generated code, in UTF-16 units */
  locate(offset: number): SourceLocation | undefined {
    const line = this.#lineOf(offset)
    const column = offset - (this.#lineStarts[line] ?? 0)
    if (!this.#map) return { file: this.#file, line: line + 1, column: column + 1 }
    return originalLocation(this.#map, line, column)
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
