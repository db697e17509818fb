import type { SourceLocation } from '../error/baton-error.js'
import type { Edit, EsModuleShape, ImportBinding } from './es-module-shape.js'

/** What an ES module has to know about the files that it imports. */
export interface ImportFacts {
  /** It is in an import cycle. */
  isCyclic: boolean
  /** Whether the imports of a specifier may have another value each time that they are read. */
  isLive: (source: string) => boolean
  isBundled: (source: string) => boolean
  /** Returns the source of a position in the text. */
  placeOf: (offset: number) => SourceLocation | undefined
  /** Whether Node leaves the names of CommonJS undefined in this file. */
  isStrictlyEsModule: boolean
}

export interface EsModuleText {
  /** The function up to the body's first line. */
  head: string
  text: string
  shifts: Record<string, [column: number, length: number][]>
}

/**
 * Converts an ES module to a function that receives `$baton`, the module's part of the loader. Imports that can't change
 * become constants; others are read from their module each time, as the language has it.
 */
export function esModuleText(code: string, shape: EsModuleShape, facts: ImportFacts): EsModuleText {
  const live = shape.bindings.filter(({ source, imported }) => imported !== '*' && facts.isLive(source))
  const edits = sortEdits([...shape.edits, ...live.flatMap(binding => liveEdits(binding, shape))])
  return {
    head: headOf(shape, facts, live),
    text: applyEdits(code, edits),
    shifts: shiftsOf(code, edits),
  }
}

function liveEdits({ source, imported, uses }: ImportBinding, { sources }: EsModuleShape): Edit[] {
  const read = `${namespaceName(sources, source)}[${JSON.stringify(imported)}]`
  return uses.flatMap(({ start, end, form }): Edit[] => {
    if (form === 'assigned') return []
    if (form === 'shorthand') return [{ start: end, end, text: `:${read}` }]
    if (form === 'plain') return [{ start, end, text: read }]
    return [{ start, end, text: `${form === 'statement' ? ';' : ''}(0,${read})` }]
  })
}

function headOf(shape: EsModuleShape, facts: ImportFacts, live: readonly ImportBinding[]): string {
  const { sources, defaultName, exports } = shape
  const parts: string[] = []
  if (defaultName && !defaultName.isFunction) parts.push(`let ${defaultName.name};`)
  if (defaultName?.isFunction)
    parts.push(`Object.defineProperty(${defaultName.name},"name",{value:"default",configurable:true});`)
  // Computed keys: `__proto__` would be the prototype.
  const getters = exports.map(({ name, local }) => `[${JSON.stringify(name)}]:()=>${local}`)
  if (getters.length > 0) parts.push(`$baton.exports({__proto__:null,${getters.join()}});`)
  const names = facts.isStrictlyEsModule ? [] : shape.commonJsNames
  for (const name of names) parts.push(`const ${name}=$baton.commonJs.${name};`)
  for (const source of new Set(live.map(binding => binding.source)))
    parts.push(`const ${namespaceName(sources, source)}=$baton.live(${JSON.stringify(source)});`)
  const constants = shape.bindings.filter(binding => !live.includes(binding)).map(it => constantOf(it, facts))
  // What assigns to them throws as for any constant.
  for (const { local, uses } of live)
    if (uses.some(({ form }) => form === 'assigned')) constants.push(`${local}=undefined`)
  if (constants.length > 0) parts.push(`const ${constants.join()};`)
  // In a cycle, other modules may call functions of this one before its body runs.
  if (facts.isCyclic) parts.push('yield;')
  const kind = `${shape.hasTopLevelAwait ? 'async ' : ''}function${facts.isCyclic ? '*' : ''}`
  return `$baton=>${kind}(){"use strict";${parts.join('')}`
}

function constantOf({ local, source, imported, start }: ImportBinding, facts: ImportFacts): string {
  const from = JSON.stringify(source)
  if (imported === '*') return `${local}=$baton.namespace(${from})`
  const place = facts.isBundled(source) ? undefined : facts.placeOf(start)
  return `${local}=$baton.named(${from},${JSON.stringify(imported)}${place ? `,${JSON.stringify(place)}` : ''})`
}

function namespaceName(sources: readonly string[], source: string): string {
  return `$baton_${sources.indexOf(source)}`
}

export function sortEdits(edits: readonly Edit[]): Edit[] {
  return edits.toSorted((a, b) => a.start - b.start || a.end - b.end)
}

export function applyEdits(code: string, edits: readonly Edit[]): string {
  const parts: string[] = []
  let position = 0
  for (const edit of edits) {
    parts.push(code.slice(position, edit.start), edit.text)
    position = edit.end
  }
  return [...parts, code.slice(position)].join('')
}

/** Returns where columns of the new text are not those of the old one. */
export function shiftsOf(code: string, edits: readonly Edit[]): EsModuleText['shifts'] {
  const shifts: EsModuleText['shifts'] = {}
  const changed = edits.filter(({ start, end, text }) => text.length !== end - start)
  if (changed.length === 0) return shifts
  const starts = lineStarts(code)
  let line = 0
  let added = 0
  for (const { start, end, text } of changed) {
    const before = line
    while ((starts[line + 1] ?? Infinity) <= start) line++
    if (line !== before) added = 0
    const length = text.length - (end - start)
    const column = start - (starts[line] ?? 0) + added
    shifts[line] = [...(shifts[line] ?? []), [column, length]]
    added += length
  }
  return shifts
}

/** As V8 counts lines. */
export function lineStarts(code: string): number[] {
  return [0, ...[...code.matchAll(/\r\n|[\n\r\u2028\u2029]/g)].map(({ index, 0: end }) => index + end.length)]
}
