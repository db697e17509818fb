import assert from 'node:assert/strict'
import { BatonError } from '../../../src/error/baton-error.js'
import { moduleEnvironment } from '../../../src/run/module-environment.js'

const submitter = { PATH: '/bin', HOME: '/home/u', LANG: 'C', TZ: 'UTC', TOKEN: 'secret', EMPTY: '', UNSET: undefined }

describe('the environment of modules', () => {
  it('has the variables that every module sees, and those that were named', () => {
    assert.deepEqual(moduleEnvironment([], submitter), { LANG: 'C', NODE_ENV: 'test', TZ: 'UTC' })
  })

  it('has the values of named variables, and given values', () => {
    const env = moduleEnvironment(['TOKEN', 'EMPTY', 'A=1=2', 'B=', 'PATH=/other'], submitter)
    assert.deepEqual(env, {
      PATH: '/other',
      LANG: 'C',
      NODE_ENV: 'test',
      TZ: 'UTC',
      TOKEN: 'secret',
      EMPTY: '',
      A: '1=2',
      B: '',
    })
  })

  it('uses the last of several values', () => {
    assert.equal(moduleEnvironment(['TOKEN', 'TOKEN=x'], submitter)['TOKEN'], 'x')
  })

  const refused = {
    UNSET: 'BATON_ENV_MISSING',
    MISSING: 'BATON_ENV_MISSING',
    toString: 'BATON_ENV_MISSING',
    '=x': 'BATON_USAGE',
    '': 'BATON_USAGE',
  }
  for (const [request, code] of Object.entries(refused)) {
    it(`refuses '${request}'`, () => {
      assert.throws(
        () => moduleEnvironment([request], submitter),
        (error: unknown) => error instanceof BatonError && error.code === code,
      )
    })
  }
})
