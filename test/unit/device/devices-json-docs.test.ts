import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { deviceSchema, farmSchema } from '../../../src/device/farm-schema.js'

describe('docs/devices-json.md', () => {
  // The documentation is read, as an artefact of the build would be.
  const text = readFileSync('docs/devices-json.md', 'utf8')
  const documented = new Set([...text.matchAll(/^\| `([^`]+)` +\|/gm)].map(match => match[1]))
  const keys = new Set([...Object.keys(deviceSchema.shape), ...Object.keys(farmSchema.shape)])
  const server = ['command', 'ready', 'cwd', 'timeout']

  it('has a row for every key', () => {
    assert.deepEqual(
      [...keys].filter(key => !documented.has(key)),
      [],
    )
  })

  it('has no row for a key that is none', () => {
    assert.deepEqual(
      [...documented].filter(key => !keys.has(key ?? '') && !server.includes(key ?? '')),
      [],
    )
  })
})
