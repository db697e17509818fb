// Writes devices.schema.json anew from the schemas in the code: `npm run schema`.
import { writeFileSync } from 'node:fs'
import { drivers } from '../dist/src/cli/drivers.js'
import { farmConfigJsonSchema } from '../dist/src/device/farm-json-schema.js'

const file = new URL('../devices.schema.json', import.meta.url)
writeFileSync(file, `${JSON.stringify(farmConfigJsonSchema(drivers), undefined, 2)}\n`)
