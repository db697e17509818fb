import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { drivers } from '../../../src/cli/drivers.js'
import { farmConfigJsonSchema } from '../../../src/device/farm-json-schema.js'
import { packageFile } from '../../../src/process/package-root.js'

const read = (file: string): unknown => JSON.parse(readFileSync(packageFile(file), 'utf8'))

describe('devices.schema.json', () => {
  it('is generated from the code by npm run schema', () => {
    assert.deepEqual(read('devices.schema.json'), JSON.parse(JSON.stringify(farmConfigJsonSchema(drivers))))
  })

  it('accepts the devices.json that ships, and refuses a key that no driver has', () => {
    const validate = new Ajv({ strict: false }).compile(read('devices.schema.json') as object)
    assert.equal(validate(read('devices.json')), true, JSON.stringify(validate.errors))
    const wrong = { devices: [{ name: 'alice', driver: 'chromium', emulates: 'Pixel 7' }] }
    assert.equal(validate(wrong), false)
  })
})
