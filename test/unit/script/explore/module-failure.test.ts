import assert from 'node:assert/strict'
import { isMistake } from '../../../../src/script/explore/module-failure.js'

describe('a mistake of a module that is explored', () => {
  const name = 'Error'

  it('is a wrong call of Baton, a wrong configuration or an import of nothing', () => {
    for (const code of ['BATON_DEVICE_UNKNOWN', 'BATON_BRANCH_USAGE', 'BATON_NETWORK_USAGE', 'BATON_SERVER_FAILED']) {
      assert.ok(isMistake({ name, code, message: 'wrong' }), code)
    }
    assert.ok(isMistake({ name, message: "Cannot find module '/a/b.js' imported from /a/c.js" }))
  })

  it('is not what the order of operations can lead to', () => {
    for (const code of ['BATON_BRANCH_TIMEOUT', 'BATON_DEADLOCK', 'BATON_DEVICE_HELD', 'BATON_NETWORK_TIMEOUT']) {
      assert.ok(!isMistake({ name, code, message: 'wrong' }), code)
    }
    assert.ok(!isMistake({ name, message: "expected 'Cannot find module', found 'ok'" }))
    assert.ok(!isMistake({ name, code: 'toString', message: '' }))
  })
})
