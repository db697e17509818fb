import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { deviceSchema, farmSchema } from '../../../src/device/farm-schema.js'

describe('docs/devices-json.md', () => {
  const text = readFileSync('docs/devices-json.md', 'utf8')
  const documented = new Set([...text.matchAll(/^\| `([^`]+)` +\|/gm)].map(match => match[1]))
  const keys = new Set([...Object.keys(deviceSchema.shape), ...Object.keys(farmSchema.shape)])
  const nested = ['command', 'ready', 'cwd', 'timeout', 'test', 'module', 'wait', 'host', 'port', 'advertise', 'keep']

  it('has a row for every key', () => {
    assert.deepEqual(
      [...keys].filter(key => !documented.has(key)),
      [],
    )
  })

  it('has no row for an unknown key', () => {
    assert.deepEqual(
      [...documented].filter(key => !keys.has(key ?? '') && !nested.includes(key ?? '')),
      [],
    )
  })
})
