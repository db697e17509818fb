import assert from 'node:assert/strict'
import { inspect } from 'node:util'
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

  it('masks a value that is escaped by another program, wholly or in part', () => {
    const secret = `p&ss<w>"ö'r d/\u{1F600}`
    const mask = createMasker([secret])
    const units = Array.from({ length: secret.length }, (_, index) => secret.charCodeAt(index).toString(16))
    const forms = {
      html: '&amp;lt; p&amp;ss&lt;w&gt;&quot;ö&#39;r d/\u{1F600}',
      'html of html': 'p&amp;amp;ss&amp;lt;w&amp;gt;&amp;quot;ö&amp;#x27;r d/\u{1F600}',
      'decimal references': Array.from(secret, each => `&#${each.codePointAt(0)};`).join(''),
      'hexadecimal references': Array.from(secret, each => `&#x${each.codePointAt(0)?.toString(16)};`).join(''),
      '\\u': units.map(unit => `\\u${unit.padStart(4, '0')}`).join(''),
      '\\U': units.map(unit => `\\u${unit.padStart(4, '0').toUpperCase()}`).join(''),
      '\\x': [...Buffer.from(secret)].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
      'json in json': JSON.stringify(JSON.stringify(secret)),
      'every byte for a URL': [...Buffer.from(secret)].map(byte => `%${byte.toString(16).padStart(2, '0')}`).join(''),
      'a URL in a URL': encodeURIComponent(encodeURIComponent(secret)),
      form: new URLSearchParams({ a: secret }).toString(),
      hex: Buffer.from(secret).toString('hex'),
      'HEX in a longer text': Buffer.from(`a${secret}b`).toString('hex').toUpperCase(),
      buffer: inspect(Buffer.from(secret)),
      'bytes as JSON': JSON.stringify(Buffer.from(secret)),
      'bytes as a list': inspect(new Uint8Array(Buffer.from(secret)), { maxArrayLength: null }),
      'regular expression': secret.replaceAll(/[^\w]/gu, String.raw`\$&`),
    }
    for (const [name, form] of Object.entries(forms)) assert.match(mask(form), /\*\*\*/, `${name}: ${mask(form)}`)
  })

  it('leaves text that only looks like an escaped value', () => {
    const mask = createMasker(['secret'])
    const text = String.raw`&#115;&#101; \u0073ecre %73%65 c2VjcmU= 73656372 115, 101, 99`
    assert.equal(mask(text), text)
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
