import { z } from 'zod'
import { runSchema } from './run-schema.js'

/**
 * The JSON Schema (draft 7) of `run.json`.
 * @param strict - rejects unknown fields, to check what this version writes. The published schema allows them, because a
 *   later version may write more
 */
export function runJsonSchema(strict = false): object {
  const schema = z.toJSONSchema(runSchema, {
    target: 'draft-7',
    io: strict ? 'output' : 'input',
    override: ({ jsonSchema }) => {
      // zod's bound of "an integer that a double can hold" means nothing to people.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
    },
  })
  return { ...schema, title: 'run.json of Baton' }
}
