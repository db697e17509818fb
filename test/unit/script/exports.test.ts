import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { packageFile } from '../../../src/process/package-root.js'
import { batonExports } from '../../../src/module/script-mistakes.js'
import * as baton from '../../../src/script/index.js'

describe('the names that scripts import from baton', () => {
  it('are known to the check of imports', () => {
    assert.deepEqual(batonExports.toSorted(), Object.keys(baton).toSorted())
  })

  it('have types for CommonJS, too', () => {
    const types = readFileSync(packageFile('dist', 'src', 'script', 'index.d.cts'), 'utf8')
    const declared = [...types.matchAll(/^export declare const ([$\w]+):/gm)].map(([, name = '']) => name)
    assert.deepEqual(declared.toSorted(), Object.keys(baton).toSorted())
  })
})
