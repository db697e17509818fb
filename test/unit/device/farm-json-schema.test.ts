import assert from 'node:assert/strict'
import { Ajv } from 'ajv'
import { farmConfigJsonSchema } from '../../../src/device/farm-json-schema.js'
import { schemaAt } from '../../../src/device/json-schema.js'
import { drivers } from './drivers.js'
import { farm, errorsOf, parse } from './errors-of.js'

describe('farmConfigJsonSchema', () => {
  const schema = farmConfigJsonSchema(drivers)
  const validate = new Ajv({ strict: false }).compile(schema)

  const good = [
    farm(''),
    farm('"port": 80, "emulation": { "width": 3 }, "headless": false, "reset": "app"'),
    farm('"appium": { "url": "${env:URL}" }', '"env": ["A"], "on": "tablet", "$schema": "./devices.schema.json"'),
    '{ "devices": [{ "name": "a", "driver": "phone", "udid": "R5", "reset": "reinstall" }], "env": { "A": "x" } }',
  ]
  for (const text of good) {
    it(`accepts what the parser accepts: ${text}`, () => {
      parse(text, { URL: 'http://x' })
      assert(validate(JSON.parse(text)), JSON.stringify(validate.errors))
    })
  }

  const bad = [
    '{ "devices": [] }',
    '{ "devices": [{ "name": "a" }] }',
    '{ "devices": [{ "name": "a", "driver": "fone" }] }',
    farm('"avd": "x"'),
    farm('"labls": []'),
    farm('"port": 70000'),
    farm('"reset": "reinstall"'),
    farm('"emulation": { "x": 1 }'),
    farm('', '"devises": []'),
    farm('', '"gateway": { "port": -1 }'),
  ]
  for (const text of bad) {
    it(`refuses what the parser refuses: ${text}`, () => {
      assert(errorsOf(text).length > 0)
      assert(!validate(JSON.parse(text)))
    })
  }

  it('describes every key for editors', () => {
    const item = schemaAt(schema, ['devices', 0])
    for (const [key, value] of Object.entries({ ...schema.properties, ...item?.properties })) {
      assert(value.description, `no description of ${key}`)
    }
  })
})
