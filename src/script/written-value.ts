/** Values, and characters of their texts, that a written value may have: more could take minutes to write. */
const limits = { values: 20_000, characters: 100_000, depth: 100 } as const
/** The same for an outline of a larger one. */
const outlineValues = 200
const outlineCharacters = 200

/**
 * Whether a value can be written out in full. Writers follow every path, so an object that is shared counts each time: a graph
 * of 30 levels may have 2^30 paths.
 */
export function isWritable(value: unknown): boolean {
  try {
    return fitsLimits(value)
  } catch {
    // A getter or proxy that throws.
    return false
  }
}

function fitsLimits(value: unknown): boolean {
  let values = 0
  let characters = 0
  const path = new Set<object>()
  const fits = (value: unknown, depth: number): boolean => {
    values++
    if (typeof value === 'string') characters += value.length
    if (values > limits.values || characters > limits.characters || depth > limits.depth) return false
    if (!isObject(value)) return true
    if (ArrayBuffer.isView(value)) return (characters += 5 * value.byteLength) <= limits.characters
    if (Array.isArray(value) && value.length > limits.values) return false
    const keys = Object.keys(value)
    if (values + keys.length > limits.values) return false
    // Writers mark a cycle and continue.
    if (path.has(value)) return true
    path.add(value)
    const all = keys.every(key => {
      characters += key.length
      return fits(Reflect.get(value, key), depth + 1)
    })
    path.delete(value)
    return all
  }
  return fits(value, 0)
}

/** Writes the beginning of a value that is too large to be written in full. Cycles are cut off, too. */
export function outline(value: unknown): string {
  let values = 0
  const write = (value: unknown, indent: string): string => {
    values++
    if (typeof value === 'string') return JSON.stringify(cut(value))
    if (typeof value === 'function') return '[Function]'
    if (!isObject(value)) return typeof value === 'bigint' ? `${value}n` : String(value)
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
    const [open, close] = Array.isArray(value) ? '[]' : '{}'
    const keys = Object.keys(Array.isArray(value) ? value.slice(0, outlineValues) : value)
    const size = Array.isArray(value) ? value.length : keys.length
    const lines: string[] = []
    for (const key of keys) {
      if (values >= outlineValues || indent.length > 2 * maxOutlineDepth) break
      const name = Array.isArray(value) ? '' : `${JSON.stringify(cut(key))}: `
      lines.push(`${indent}  ${name}${write(Reflect.get(value, key), `${indent}  `)}`)
    }
    const more = size - lines.length
    if (more > 0) lines.push(`${indent}  … (${more} more)`)
    return lines.length === 0 ? `${open}${close}` : `${open}\n${lines.join('\n')}\n${indent}${close}`
  }
  return write(value, '')
}

const maxOutlineDepth = 20

function cut(text: string): string {
  return text.length > outlineCharacters ? `${text.slice(0, outlineCharacters)}…` : text
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
