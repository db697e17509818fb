import assert from 'node:assert/strict'
import { serverWarnings, unusableServer } from '../../../src/lease/redis-server-info.js'

const fine = {
  redis_version: '7.0.15',
  maxmemory: '0',
  maxmemory_policy: 'noeviction',
  aof_enabled: '1',
  role: 'master',
}

function info(fields: object): string {
  const all = Object.entries({ ...fine, ...fields }).map(([name, value]) => `${name}:${value}`)
  return ['# Server', ...all, ''].join('\r\n')
}

describe('what a Redis says of itself', () => {
  const unusable: readonly [fields: object, problem: RegExp | undefined][] = [
    [{}, undefined],
    [{ redis_version: '8.2.1' }, undefined],
    [{ redis_version: '6.2.14' }, /VERSION 6.2.14/],
    [{ cluster_enabled: '1' }, /CLUSTERDOWN/],
    [{ role: 'slave' }, /READONLY/],
  ]
  for (const [fields, problem] of unusable) {
    it(`${problem ? 'keeps Baton from using it' : 'lets Baton use it'}: ${JSON.stringify(fields)}`, () => {
      if (problem) assert.match(unusableServer(info(fields)) ?? '', problem)
      else assert.equal(unusableServer(info(fields)), undefined)
    })
  }

  const warned: readonly [fields: object, warnings: RegExp[]][] = [
    [{}, []],
    [{ maxmemory_policy: 'allkeys-lru' }, []],
    [{ maxmemory: '1000000', maxmemory_policy: 'allkeys-lru' }, [/maxmemory-policy allkeys-lru/]],
    [{ aof_enabled: '0' }, [/appendonly/]],
  ]
  for (const [fields, expected] of warned) {
    it(`warns of ${expected.length} things: ${JSON.stringify(fields)}`, () => {
      const warnings = serverWarnings(info(fields))
      assert.equal(warnings.length, expected.length)
      for (const [index, pattern] of expected.entries()) assert.match(warnings[index] ?? '', pattern)
    })
  }

  it('may be nothing, if the user may not ask', () => {
    assert.deepEqual([unusableServer(''), serverWarnings('')], [undefined, []])
  })
})
