import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { joinInside } from '../../../src/process/join-inside.js'

describe('joinInside', () => {
  it('joins paths that stay in the folder', () => {
    const inside = { '': '/a', '.': '/a', 'b/c': '/a/b/c', 'b/../c': '/a/c', '..b/...': '/a/..b/...', '/b': undefined }
    for (const [relative, whole] of Object.entries(inside)) assert.equal(joinInside('/a', relative), whole, relative)
  })

  it('refuses paths that leave the folder', () => {
    for (const relative of ['..', '../b', '../a-b', 'b/../../c', '/', '/a/b', 'b\0c']) {
      assert.equal(joinInside('/a', relative), undefined, relative)
    }
  })

  it('never leaves the folder, for any parts', () => {
    const parts = fc.array(fc.constantFrom('..', '.', '', 'a', '..a', 'a..', '\\..', '~'))
    fc.assert(
      fc.property(parts, all => {
        const whole = joinInside('/root/folder', all.join('/'))
        assert.ok(whole === undefined || whole === '/root/folder' || whole.startsWith('/root/folder/'), whole)
      }),
    )
  })
})
