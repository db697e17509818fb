import { z } from 'zod'
import { quoteNames } from '../error/closest-name.js'
import type { JsonPath } from './json-document.js'

/** The part of JSON Schema (draft 7) that zod writes. */
export interface JsonSchema {
  [keyword: string]: unknown
  type?: string
  description?: string
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: JsonSchema | boolean
  propertyNames?: JsonSchema
  items?: JsonSchema
  enum?: unknown[]
  const?: unknown
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  format?: string
  pattern?: string
  minimum?: number
  maximum?: number
  minItems?: number
}

export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
    override: allowReferences,
  }) as JsonSchema
}

/** Any text may contain `${env:NAME}`, so an editor must not check the format before replacement. */
function allowReferences({ jsonSchema }: { jsonSchema: object }): void {
  const schema = jsonSchema as JsonSchema
  delete schema.format
  if (schema.pattern !== undefined) schema.pattern = `(?:${schema.pattern})|\\$\\{env:`
  // zod's bounds of "an integer that a double can hold" mean nothing to people.
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
}

/** The schema of the value at a path; undefined if there is none. */
export function schemaAt(schema: JsonSchema, path: JsonPath): JsonSchema | undefined {
  const [step, ...rest] = path
  if (step === undefined) return schema
  for (const branch of [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) {
    const child = typeof step === 'number' ? branch.items : childOf(branch, step)
    const found = child === undefined ? undefined : schemaAt(child, rest)
    if (found !== undefined) return found
  }
  return undefined
}

function childOf(schema: JsonSchema, key: string): JsonSchema | undefined {
  if (schema.properties && Object.hasOwn(schema.properties, key)) return schema.properties[key]
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
}

/** What a schema expects, for people: `a whole number from 1 to 65535`. */
export function describeSchema(schema: JsonSchema | undefined): string {
  if (schema === undefined) return 'another value'
  const branches = schema.anyOf ?? schema.oneOf
  if (branches) return [...new Set(branches.map(describeSchema))].join(' or ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return `one of ${quoteNames(schema.enum.map(String))}`
  switch (schema.type) {
    case 'integer':
      return `a whole number${describeRange(schema)}`
    case 'number':
      return `a number${describeRange(schema)}`
    case 'string':
      return 'text'
    case 'boolean':
      return 'true or false'
    case 'array':
      return schema.minItems ? `a list of at least ${schema.minItems}` : 'a list'
    case 'object':
      return 'an object'
    case undefined:
    default:
      return 'another value'
  }
}

function describeRange({ minimum, maximum }: JsonSchema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`
  if (minimum !== undefined) return ` of at least ${minimum}`
  return maximum === undefined ? '' : ` of at most ${maximum}`
}
