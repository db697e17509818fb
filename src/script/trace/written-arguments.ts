/** A longer text is described, not cut: half of a secret could not be masked by the host. */
const maxText = 2_000
/** Items of a list and fields of an object that are shown. */
const maxItems = 5

/** Commands whose first argument is the text of a script, which WebdriverIO makes long: its line in the test says more. */
const scripts = new Set(['executeScript', 'executeAsyncScript'])
/** Of BiDi: the text of a script, and what says nothing to the reader. */
const skippedFields = new Set([
  'functionDeclaration',
  'expression',
  'context',
  'target',
  'locator',
  'startNodes',
  'awaitPromise',
  'resultOwnership',
  'serializationOptions',
  'maxNodeCount',
])

/** The arguments of a command as text. They are read now, because the script may change them later. */
export function writtenArguments(command: string, args: readonly unknown[], hasElement: boolean): string[] {
  // WebdriverIO passes `mask: true` of setValue and addValue on like this.
  const isMasked = isMaskingOption(args.at(-1))
  const written: string[] = []
  // The id of an element, or the script.
  const first = (hasElement && typeof args[0] === 'string') || scripts.has(command) ? 1 : 0
  for (let index = first; index < args.length && index < maxItems; index++) {
    if (isMaskingOption(args[index])) continue
    const text = isMasked && typeof args[index] === 'string' ? '***' : writtenArgument(args[index], 2)
    if (text !== undefined) written.push(text)
  }
  return written
}

/** A result as text; undefined if it says nothing. */
export function writtenResult(result: unknown): string | undefined {
  if (isObject(result) && 'type' in result && 'value' in result) return writtenResult(result.value)
  return typeof result === 'object' ? undefined : writtenArgument(result, 0)
}

/** What a command returned: of a BiDi message, the result in the response. */
export function resultOf(returned: unknown): unknown {
  if (!isObject(returned) || !('type' in returned) || returned.type !== 'success' || !('result' in returned))
    return returned
  const { result } = returned
  // Of a script.
  return isObject(result) && 'realm' in result && 'result' in result ? result.result : result
}

/** The elements that a search has found; undefined if it is not the result of a search. */
export function foundElements(result: unknown): readonly unknown[] | undefined {
  if (Array.isArray(result)) return result
  return isObject(result) && 'nodes' in result && Array.isArray(result.nodes) ? result.nodes : undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** WebdriverIO returns some errors instead of throwing them: that of an element that is not there. */
export function errorInResult(result: unknown): string | undefined {
  if (typeof result !== 'object' || result === null || !('error' in result) || !('message' in result)) return undefined
  return typeof result.error === 'string' ? result.error : undefined
}

/** Text of an error, without its stack. */
export function writtenError(error: unknown): string {
  try {
    const message = error instanceof Error ? error.message : String(error)
    return (
      shortEnough(message) ?? shortEnough(message.split('\n', 1)[0] ?? '') ?? `error of ${message.length} characters`
    )
  } catch {
    return 'an error that can not be read'
  }
}

function isMaskingOption(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Reflect.get(value, 'mask') === true
}

function writtenArgument(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return shortEnough(value) ?? `text of ${value.length} characters`
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'object' || value === null || depth === 0) return undefined
  return Array.isArray(value) ? writtenList(value, depth) : writtenFields(value, depth)
}

function writtenList(values: readonly unknown[], depth: number): string | undefined {
  const parts: string[] = []
  for (let index = 0; index < values.length && index < maxItems; index++) {
    const text = writtenArgument(values[index], depth - 1)
    if (text !== undefined) parts.push(text)
  }
  if (values.length > maxItems) parts.push('…')
  return parts.length === 0 ? undefined : shortEnough(parts.join(', '))
}

function writtenFields(value: object, depth: number): string | undefined {
  const parts: string[] = []
  for (const [name, field] of Object.entries(value)) {
    if (parts.length === maxItems) break
    const text = skippedFields.has(name) ? undefined : writtenArgument(field, depth - 1)
    if (text !== undefined) parts.push(`${name}: ${text}`)
  }
  return parts.length === 0 ? undefined : shortEnough(parts.join(', '))
}

function shortEnough(text: string): string | undefined {
  return text.length <= maxText ? text : undefined
}
