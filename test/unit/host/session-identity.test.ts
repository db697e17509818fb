import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { parseUpstream } from '../../../src/host/appium/appium-upstream.js'
import { sessionIdentity } from '../../../src/host/device/session/session-identity.js'

const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, shuffled(inner)]),
  )
}

describe('the identity of a session', () => {
  it('is the same for any order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), capabilities => {
        const json = JSON.parse(JSON.stringify(capabilities)) as Record<string, unknown>
        assert.equal(sessionIdentity(json), sessionIdentity(shuffled(json) as Record<string, unknown>))
      }),
    )
  })

  it('differs with any value, and with the order of a list', () => {
    const all = [{ a: 1 }, { a: 2 }, { a: { b: 1 } }, { a: [1, 2] }, { a: [2, 1] }, { a: '1' }, {}]
    assert.equal(new Set(all.map(sessionIdentity)).size, all.length)
  })
})

describe('the address of an Appium server', () => {
  it('may have user, password, base path, and no port', () => {
    const upstream = parseUpstream('https://us%40er:k%3Aey@farm.example/wd/hub/')
    assert.deepEqual(
      { ...upstream },
      {
        label: 'https://farm.example/wd/hub',
        secure: true,
        hostname: 'farm.example',
        port: 443,
        basePath: '/wd/hub',
        headers: {
          host: 'farm.example',
          authorization: `Basic ${Buffer.from('us@er:k:ey').toString('base64')}`,
        },
      },
    )
    assert.equal(parseUpstream('http://[::1]:4723').hostname, '::1')
  })
})
