import type { ViewNode } from './view-node.js'
import { XPathError } from './xpath-parser.js'

/** XPath's four types; an attribute is a node whose own attribute `value` is its text. */
export type Value = string | number | boolean | ViewNode[]

/** Elements have no text nodes: visible text is an attribute. */
export function stringOf(value: Value): string {
  if (Array.isArray(value)) {
    const [first] = value
    return first?.view === undefined ? (first?.attributes['value'] ?? '') : ''
  }
  return String(value)
}

export function numberOf(value: Value): number {
  if (typeof value === 'boolean') return value ? 1 : 0
  const text = stringOf(value).trim()
  return text === '' ? Number.NaN : Number(text)
}

export function truthOf(value: Value): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value)
}

export function callFunction(name: string, values: readonly Value[], context: ViewNode): Value {
  const text = (index: number): string => stringOf(values[index] ?? [context])
  switch (name) {
    case 'contains':
      return text(0).includes(text(1))
    case 'starts-with':
      return text(0).startsWith(text(1))
    case 'ends-with':
      return text(0).endsWith(text(1))
    case 'matches':
      return new RegExp(text(1)).test(text(0))
    case 'normalize-space':
      return text(0).trim().replace(/\s+/g, ' ')
    case 'string':
      return text(0)
    case 'concat':
      return values.map(stringOf).join('')
    case 'substring':
      return text(0).slice(
        numberOf(values[1] ?? 1) - 1,
        values[2] === undefined ? undefined : numberOf(values[1] ?? 1) - 1 + numberOf(values[2]),
      )
    case 'substring-before':
      return text(0).split(text(1))[0] ?? ''
    case 'substring-after':
      return text(0).split(text(1)).slice(1).join(text(1))
    case 'translate':
      return Array.from(text(0), character => translated(character, text(1), text(2))).join('')
    case 'lower-case':
      return text(0).toLowerCase()
    case 'upper-case':
      return text(0).toUpperCase()
    case 'string-length':
      return Array.from(text(0)).length
    case 'number':
      return numberOf(values[0] ?? [context])
    case 'count':
      return (values[0] as ViewNode[]).length
    case 'not':
      return !truthOf(values[0] ?? false)
    case 'boolean':
      return truthOf(values[0] ?? false)
    case 'true':
      return true
    case 'false':
      return false
    case 'name':
    case 'local-name': {
      const [nodes] = values
      return (Array.isArray(nodes) ? nodes[0] : context)?.name ?? ''
    }
    default:
      throw new XPathError(`the simulated phone knows no XPath function '${name}'`)
  }
}

function translated(character: string, from: string, to: string): string {
  const at = from.indexOf(character)
  return at < 0 ? character : (to[at] ?? '')
}
