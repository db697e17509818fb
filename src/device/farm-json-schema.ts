import type { Driver } from './driver/driver.js'
import { deviceSchema, farmSchema } from './farm-schema.js'
import { jsonSchemaOf, type JsonSchema } from './json-schema.js'

/**
 * The JSON Schema (draft 7) that editors complete and check devices.json with. An entry's keys depend on its driver;
 * `if/then` rather than alternatives, because then an editor names the one wrong key instead of "matches none of".
 */
export function farmConfigJsonSchema(drivers: readonly Driver[]): JsonSchema {
  const farm = jsonSchemaOf(farmSchema)
  return {
    ...farm,
    title: 'devices.json of Baton',
    properties: { ...farm.properties, devices: { ...farm.properties?.['devices'], items: deviceItem(drivers) } },
  }
}

function deviceItem(drivers: readonly Driver[]): JsonSchema {
  const { additionalProperties: _, $schema: _dialect, ...common } = jsonSchemaOf(deviceSchema)
  const driver = { ...common.properties?.['driver'], enum: drivers.map(({ name }) => name) }
  return {
    ...common,
    properties: { ...common.properties, driver },
    allOf: drivers.map(each => ({
      if: { properties: { driver: { const: each.name } }, required: ['driver'] },
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      then: withDriver(each, common.properties ?? {}),
    })),
  }
}

function withDriver(driver: Driver, common: Record<string, JsonSchema>): JsonSchema {
  const { $schema: _, ...own } = jsonSchemaOf(driver.keys)
  const anything = Object.fromEntries(Object.keys(common).map(key => [key, {}]))
  const reset = { enum: [...driver.resets] }
  const video = driver.provides.includes('recording') ? {} : { enum: ['off'] }
  return { ...own, properties: { ...anything, reset, video, ...own.properties }, additionalProperties: false }
}
