import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { globSync } from 'tinyglobby'
import { defaultLimits } from '../../../src/host/gateway/gateway-limits.js'
import { controlPorts } from '../../../src/process/free-port.js'

describe('docs/security.md', () => {
  const text = readFileSync('docs/security.md', 'utf8')

  it('names tests that exist', () => {
    const [, table = ''] = /## Who can do what\n([^]*?)\n## /.exec(text) ?? []
    const cells = table.split('\n').map(line => line.split('|').at(-2) ?? '')
    const named = new Set(cells.flatMap(cell => [...cell.matchAll(/`([^`]{12,})`/g)].map(([, name = '']) => name)))
    assert.ok(named.size >= 7, [...named].join())
    const tests = globSync('test/{unit,integration,e2e}/**/*.test.ts').map(file => readFileSync(file, 'utf8'))
    for (const name of named) {
      const found = tests.some(test => test.includes(`describe('${name}'`) || test.includes(`describe("${name}"`))
      assert.ok(found, `no test is called: ${name}`)
    }
  })

  it('states the ports and limits', () => {
    assert.ok(text.includes(`${controlPorts.from}–${controlPorts.to - 1}`))
    assert.ok(text.includes(`At most ${defaultLimits.maxConnections.toLocaleString('en')} connections`))
    assert.ok(text.includes(`complete after ${defaultLimits.headersMs / 1_000} seconds`))
    assert.ok(text.includes(`request after ${defaultLimits.requestMs / 60_000} minutes`))
    assert.ok(text.includes(`more than ${defaultLimits.bodyPauseMs / 1_000} seconds`))
  })
})
