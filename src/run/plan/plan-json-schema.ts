import { jsonSchemaOf, type JsonSchema } from '../../device/json-schema.js'
import { planSchema } from './plan-schema.js'

/** The JSON Schema (draft 7) that editors complete and check a plan with. */
export function planJsonSchema(): JsonSchema {
  return { ...jsonSchemaOf(planSchema), title: 'A test plan of Baton' }
}
