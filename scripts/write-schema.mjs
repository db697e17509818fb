// Generates devices.schema.json, plan.schema.json and run.schema.json from the schemas in the code: `npm run schema`.
import { writeFileSync } from 'node:fs'
import { drivers } from '../dist/src/cli/drivers.js'
import { farmConfigJsonSchema } from '../dist/src/device/farm-json-schema.js'
import { runJsonSchema } from '../dist/src/report/run-json-schema.js'
import { planJsonSchema } from '../dist/src/run/plan/plan-schema.js'

write('devices.schema.json', farmConfigJsonSchema(drivers))
write('plan.schema.json', planJsonSchema())
write('run.schema.json', runJsonSchema())

function write(name, schema) {
  writeFileSync(new URL(`../${name}`, import.meta.url), `${JSON.stringify(schema, undefined, 2)}\n`)
}
