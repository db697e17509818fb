import assert from 'node:assert/strict'
import { BatonError, BatonErrors } from '../../../src/error/baton-error.js'
import { exitCodeFor, formatError } from '../../../src/error/format-error.js'

const config = new BatonError('BATON_CONFIG_INVALID', "'port': expected a number, found true.", {
  place: { file: 'devices.json', line: 3, column: 7 },
  hint: 'write a number.',
})
const redis = new BatonError('BATON_REDIS', 'Redis does not answer.')
const script = new BatonError('BATON_NO_DEVICE', 'no device holds the baton.')

describe('formatError', () => {
  it('prints a BatonError without its stack', () => {
    assert.equal(
      formatError(config),
      "BATON_CONFIG_INVALID: devices.json:3:7: 'port': expected a number, found true.\nHINT: write a number.",
    )
  })

  it('prints several errors, separated by a blank line', () => {
    assert.equal(formatError(new BatonErrors([redis, script])), `${redis.format()}\n\n${script.format()}`)
  })

  it('prints anything else as a bug in Baton, with the whole stack', () => {
    const error = new TypeError('x is not a function', { cause: new Error('deeper') })
    const text = formatError(error)
    assert.match(text, /^BATON_INTERNAL: TypeError: x is not a function\n {4}at .*format-error\.test/)
    assert.match(text, /\nCaused by: Error: deeper\n {4}at /)
    assert.match(text, /\nHINT: this is a bug in Baton: please report it with the text above\.$/)
    assert.match(
      formatError(new BatonError('BATON_INTERNAL', 'no state')),
      /BATON_INTERNAL: no state\n.*\n {4}at [^]*please report/,
    )
  })

  it('prints values that are not errors', () => {
    assert.match(formatError('text'), /^BATON_INTERNAL: text\n/)
    assert.match(formatError(undefined), /^BATON_INTERNAL: undefined was thrown, which is not an Error\n/)
  })

  it('stops at an error that is its own cause', () => {
    const error = new Error('round')
    error.cause = error
    assert.match(formatError(error), /please report/)
  })
})

describe('exitCodeFor', () => {
  it('follows the class of the error', () => {
    assert.deepEqual([config, script, redis, new Error('other'), 'text'].map(exitCodeFor), [2, 1, 3, 3, 3])
  })

  it('is the highest of several', () => {
    assert.equal(exitCodeFor(new BatonErrors([script, config])), 2)
    assert.equal(exitCodeFor(new BatonErrors([redis, config])), 3)
    assert.equal(exitCodeFor(new BatonErrors([script])), 1)
  })
})
