import type { z } from 'zod'
import type { Node } from 'jsonc-parser'
import { BatonError, type SourceLocation } from '../error/baton-error.js'
import { didYouMean } from '../error/closest-name.js'
import { withoutLogin } from './url-problem.js'
import { keyNodeAt, placeOfNode, sourceOfNode, valueNodeAt, type JsonDocument, type JsonPath } from './json-document.js'
import { describeSchema, jsonSchemaOf, schemaAt } from './json-schema.js'

type Issue = z.core.$ZodIssue

/** Where a schema's issues belong in a document. */
export interface SchemaErrorScope {
  document: JsonDocument
  schema: z.ZodType
  /** Path of the value that the schema read. */
  base: JsonPath
  /** Keys that this schema doesn't know but another one reads. */
  otherKeys: readonly string[]
  /** Values whose references could not be filled; their errors are known already. */
  unresolved: ReadonlySet<Node>
  /** Hides what came from the environment: a schema's own message may quote its value. */
  mask: (text: string) => string
  /** The hint for an unknown key that belongs elsewhere. */
  hintForKey?: (key: string) => string | undefined
}

/** Errors with their places: for each issue what was expected, and what was found in the text as written. */
export function schemaErrors(error: z.ZodError, scope: SchemaErrorScope): BatonError[] {
  return error.issues.flatMap(narrowest).flatMap(issue => errorsOfIssue(issue, scope))
}

/** If no branch of a union matches, the one that got furthest helps the user most. */
function narrowest(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const branches = issue.errors.map(branch => branch.flatMap(narrowest))
  const furthest = branches.toSorted((a, b) => reach(b) - reach(a))[0]
  if (furthest === undefined || reach(furthest) === 0) return [issue]
  return furthest.map(inner => ({ ...inner, path: [...issue.path, ...inner.path] }))
}

/** How far into the value a branch got; its custom rule is reached only if the type was right. */
function reach(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map(issue => issue.path.length + (issue.code === 'custom' ? 1 : 0)))
}

function errorsOfIssue(issue: Issue, scope: SchemaErrorScope): BatonError[] {
  const path = [...scope.base, ...issue.path.map(step => (typeof step === 'symbol' ? String(step) : step))]
  if (issue.code === 'unrecognized_keys') return issue.keys.map(key => unknownKey(key, path, scope))
  if (issue.code === 'invalid_key') return [badKey(issue, path, scope)]

  const { document } = scope
  const node = valueNodeAt(document.root, path)
  if (node !== undefined && scope.unresolved.has(node)) return []
  const expected = expectation(issue, path, scope)
  if (node === undefined) {
    const parent = path.slice(0, -1)
    const message = `${subject(document, parent)} has no '${String(path.at(-1))}': ${expected}, found nothing.`
    return [configError(message, placeAt(document, parent))]
  }
  // An invalid URL may still contain a password.
  const found = `found ${withoutLogin(sourceOfNode(document, node))}.`
  const near = issue.code === 'invalid_value' ? didYouMean(String(node.value), issue.values.map(String)) : {}
  return [configError(`${subject(document, path)}: ${expected}, ${found}`, placeOfNode(document, node), near)]
}

function expectation(issue: Issue, path: JsonPath, scope: SchemaErrorScope): string {
  // The messages of custom rules contain what they expect.
  if (issue.code === 'custom') return scope.mask(issue.message)
  return `expected ${describeSchema(schemaAt(jsonSchemaOf(scope.schema), path.slice(scope.base.length)))}`
}

function unknownKey(key: string, path: JsonPath, scope: SchemaErrorScope): BatonError {
  const at = schemaAt(jsonSchemaOf(scope.schema), path.slice(scope.base.length))
  const others = path.length === scope.base.length ? scope.otherKeys : []
  const known = [...others, ...Object.keys(at?.properties ?? {})]
  const node = keyNodeAt(scope.document.root, [...path, key])
  const message = `${subject(scope.document, path)} has no key '${key}' (known: ${known.join(', ')}).`
  const hint = scope.hintForKey?.(key)
  return configError(message, node && placeOfNode(scope.document, node), hint ? { hint } : didYouMean(key, known))
}

function badKey(issue: Extract<Issue, { code: 'invalid_key' }>, path: JsonPath, scope: SchemaErrorScope): BatonError {
  const node = keyNodeAt(scope.document.root, path)
  const expected = issue.issues[0]?.message ?? 'expected another key'
  const message = `${subject(scope.document, path.slice(0, -1))}: ${expected}, found '${String(path.at(-1))}'.`
  return configError(message, node && placeOfNode(scope.document, node))
}

function configError(message: string, place: SourceLocation | undefined, details: { hint?: string } = {}): BatonError {
  return new BatonError('BATON_CONFIG_INVALID', message, { ...details, ...(place && { place }) })
}

function placeAt(document: JsonDocument, path: JsonPath): SourceLocation {
  return placeOfNode(document, valueNodeAt(document.root, path) ?? document.root)
}

/** Lists whose entries have names → what an entry is. */
const kinds: Readonly<Record<string, string>> = { devices: 'device', suites: 'suite' }

/** What a path names, for people: `'appium.url' of device 'alice'`. */
export function subject(document: JsonDocument, path: JsonPath): string {
  const [first, index, ...inner] = path
  const kind = typeof index === 'number' ? kinds[String(first)] : undefined
  if (kind === undefined || index === undefined) return path.length === 0 ? document.whole : `'${formatPath(path)}'`
  const name = valueNodeAt(document.root, [String(first), index, 'name'])?.value as unknown
  const entry = typeof name === 'string' ? `${kind} '${name}'` : `${first}[${index}]`
  return inner.length === 0 ? entry : `'${formatPath(inner)}' of ${entry}`
}

function formatPath(path: JsonPath): string {
  return path.map((step, at) => (typeof step === 'number' ? `[${step}]` : `${at === 0 ? '' : '.'}${step}`)).join('')
}
