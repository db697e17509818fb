import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { createMasker, maskDeep } from '../../../src/event/masker.js'

describe('createMasker', () => {
  it('masks the longest secret first, everywhere', () => {
    const mask = createMasker(['secret', 'secret-and-more'])
    assert.equal(mask('a secret-and-more, a secret; secretsecret'), 'a ***, a ***; ******')
  })

  it('ignores short values', () => {
    assert.equal(createMasker(['12345'])('12345'), '12345')
    assert.equal(createMasker([])('text'), 'text')
  })

  it('masks each line of a value', () => {
    assert.equal(createMasker(['first-line\nsecond-line'])('> second-line'), '> ***')
  })

  it('masks the password of a URL, encoded or not', () => {
    const mask = createMasker(['redis://me:p%40ssword@farm:6379'])
    assert.equal(mask('auth p@ssword or p%40ssword'), 'auth *** or ***')
  })

  it('masks a value with an invalid escape', () => {
    assert.equal(createMasker(['http://a:%zz%zz%zz@b'])('http://a:%zz%zz%zz@b'), '***')
  })

  it('masks any value in any of its forms, in any context', () => {
    const secret = fc.string({ minLength: 6, maxLength: 40, unit: 'grapheme' })
    fc.assert(
      fc.property(secret, fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (value, before, after) => {
        const mask = createMasker([value])
        const forms = [value, encodeURIComponent(value), JSON.stringify(value)]
        for (const form of forms) assert(mask(`<${form}>`).includes('***'), form)
        const encoded = Buffer.from(before + value + after)
        assert(mask(encoded.toString('base64')).includes('***'))
        assert(mask(encoded.toString('base64url')).includes('***'))
      }),
    )
  })
})

describe('maskDeep', () => {
  it('masks all strings, and keeps the rest', () => {
    const mask = createMasker(['hunter2hunter2'])
    const event = { type: 'log', at: 5, error: { message: 'no hunter2hunter2', list: ['hunter2hunter2', null, true] } }
    assert.deepEqual(maskDeep(event, mask), {
      type: 'log',
      at: 5,
      error: { message: 'no ***', list: ['***', null, true] },
    })
  })
})
