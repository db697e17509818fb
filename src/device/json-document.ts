import { parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser'
import { BatonError, type SourceLocation } from '../error/baton-error.js'

export type JsonPath = readonly (string | number)[]

/** A JSON text with the place of every value. */
export interface JsonDocument {
  file: string
  /** What the whole of it is, for people: `the farm`. */
  whole: string
  text: string
  root: Node
}

/** What jsonc-parser calls an error → what was expected there, for people. */
const expectations: Record<string, string> = {
  CommaExpected: "expected ',' or the end of the list or object",
  ColonExpected: "expected ':'",
  ValueExpected: 'expected a value',
  PropertyNameExpected: 'expected a key in double quotes',
  CloseBraceExpected: "expected '}'",
  CloseBracketExpected: "expected ']'",
  EndOfFileExpected: 'expected the end of the file',
  UnexpectedEndOfString: "expected '\"' at the end of a text",
  UnexpectedEndOfComment: "expected '*/' at the end of a comment",
  InvalidSymbol: 'expected a key or text in double quotes, a number, true, false, null',
}

/**
 * Reads JSON; comments and trailing commas are allowed, because people switch a device off by commenting it out.
 * @throws BatonError BATON_CONFIG_INVALID at the first error, because later ones usually follow from it
 */
export function parseJsonDocument(text: string, file: string, whole = 'the farm'): JsonDocument {
  const errors: ParseError[] = []
  // A byte order mark is not an error of the user; a space instead of it keeps offsets.
  const source = text.replace(/^\uFEFF/, ' ')
  const root = parseTree(source, errors, { allowTrailingComma: true })
  const [first] = errors
  if (first !== undefined || root === undefined) throw syntaxError(source, file, first)
  return { file, whole, text: source, root }
}

function syntaxError(text: string, file: string, error: ParseError | undefined): BatonError {
  const name = error === undefined ? 'ValueExpected' : printParseErrorCode(error.error)
  const offset = error?.offset ?? 0
  const rest = text.slice(offset)
  const found = /^\s*$/.test(rest) ? 'the end of the file' : (/^\S[\w.$-]*/.exec(rest.trimStart())?.[0] ?? rest[0])
  const message = `not JSON: ${expectations[name] ?? name}, found ${found}.`
  return new BatonError('BATON_CONFIG_INVALID', message, { place: placeOfOffset(text, file, offset) })
}

/** The place of an offset; line and column count from 1. */
export function placeOfOffset(text: string, file: string, offset: number): SourceLocation {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  return { file, line, column: offset - before.lastIndexOf('\n') }
}

export function placeOfNode(document: JsonDocument, node: Node): SourceLocation {
  return placeOfOffset(document.text, document.file, node.offset)
}

/** The place of a path's key, or of its value in a list; of what is around it if the path doesn't exist. */
export function placeOfPath(document: JsonDocument, path: JsonPath): SourceLocation {
  const node = keyNodeAt(document.root, path) ?? valueNodeAt(document.root, path)
  return node || path.length === 0
    ? placeOfNode(document, node ?? document.root)
    : placeOfPath(document, path.slice(0, -1))
}

/** The value as it is written, shortened to one line: what an error shows as found. */
export function sourceOfNode(document: JsonDocument, node: Node): string {
  const source = document.text.slice(node.offset, node.offset + node.length).replaceAll(/\s+/g, ' ')
  return source.length > 80 ? `${source.slice(0, 77)}...` : source
}

/** The key and value of each property of an object, in order. */
export function propertiesOf(node: Node): { key: Node; value: Node }[] {
  return (node.children ?? []).flatMap(property => {
    const [key, value] = property.children ?? []
    return key && value ? [{ key, value }] : []
  })
}

/** The key's node at a path that ends in a key. */
export function keyNodeAt(root: Node, path: JsonPath): Node | undefined {
  const parent = valueNodeAt(root, path.slice(0, -1))
  if (parent?.type !== 'object') return undefined
  return propertiesOf(parent).find(({ key }) => key.value === path.at(-1))?.key
}

export function valueNodeAt(root: Node, path: JsonPath): Node | undefined {
  let node: Node | undefined = root
  for (const step of path) {
    if (node?.type === 'object') node = propertiesOf(node).find(({ key }) => key.value === step)?.value
    else if (node?.type === 'array' && typeof step === 'number') node = node.children?.[step]
    else return undefined
  }
  return node
}
