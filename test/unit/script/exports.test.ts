import assert from 'node:assert/strict'
import { batonExports } from '../../../src/module/script-mistakes.js'
import * as baton from '../../../src/script/index.js'

describe('the names that scripts import from baton', () => {
  it('are known to the check of imports', () => {
    assert.deepEqual(batonExports.toSorted(), Object.keys(baton).toSorted())
  })
})
