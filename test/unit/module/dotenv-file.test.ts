import assert from 'node:assert/strict'
import { dotenvValues, isDotenvFile } from '../../../src/module/dotenv-file.js'

describe('a .env file', () => {
  it('is known by its name', () => {
    const names = ['.env', 'a/.env.local', '.env.test', 'env', '.environment', 'a.env', '.env/x']
    assert.deepEqual(names.filter(isDotenvFile), ['.env', 'a/.env.local', '.env.test'])
  })

  it('has values in all notations of dotenv', () => {
    const text = [
      '# NOTE=not this',
      'PLAIN=plain value # comment',
      "export SINGLE='single # quoted'",
      'DOUBLE = "two\nlines"',
      'BACK=`tick`',
      'YAML: colon',
      'EMPTY=',
      'CRLF=windows\r',
    ].join('\n')
    assert.deepEqual(dotenvValues(text), ['plain value', 'single # quoted', 'two\nlines', 'tick', 'colon', 'windows'])
  })
})
