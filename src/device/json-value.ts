import type { Node } from 'jsonc-parser'
import { BatonError, formatLocation } from '../error/baton-error.js'
import { placeOfNode, propertiesOf, type JsonDocument, type JsonPath } from './json-document.js'

/** Called for each text of the document; returns the text to use. */
export type TextVisitor = (text: string, node: Node, path: JsonPath) => string

/**
 * The plain value of a document.
 * @param visit - may replace texts; keys are left unchanged
 * @returns the value, and an error for each key that is repeated in an object (JSON would silently take the last)
 */
export function valueOfDocument(document: JsonDocument, visit: TextVisitor): { value: unknown; errors: BatonError[] } {
  const errors: BatonError[] = []

  function valueOf(node: Node, path: JsonPath): unknown {
    if (node.type === 'string') return visit(node.value as string, node, path)
    if (node.type === 'array') return (node.children ?? []).map((child, index) => valueOf(child, [...path, index]))
    if (node.type !== 'object') return node.value as unknown
    const first = new Map<string, Node>()
    const entries: [string, unknown][] = []
    for (const { key, value } of propertiesOf(node)) {
      const name = key.value as string
      const earlier = first.get(name)
      if (earlier === undefined) first.set(name, key)
      else errors.push(repeatedKey(document, name, key, earlier))
      entries.push([name, valueOf(value, [...path, name])])
    }
    // fromEntries defines, so a key named __proto__ stays a plain key and is refused as unknown.
    return Object.fromEntries(entries)
  }

  return { value: valueOf(document.root, []), errors }
}

function repeatedKey(document: JsonDocument, name: string, node: Node, earlier: Node): BatonError {
  const message = `key '${name}' is already at ${formatLocation(placeOfNode(document, earlier))}.`
  return new BatonError('BATON_CONFIG_INVALID', message, {
    hint: 'remove one of them.',
    place: placeOfNode(document, node),
  })
}

/** Whether a value is an object as JSON has it: no list, and not null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
