import assert from 'node:assert/strict'
import fc from 'fast-check'
import { zipEntry } from '../../../src/device/apk/zip-entry.js'
import { zipArchive } from '../../../src/process/zip-archive.js'

describe('a ZIP archive', () => {
  it('contains its file under its name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.uint8Array(), (name, bytes) => {
        const content = Buffer.from(bytes)
        assert.deepEqual(zipEntry(zipArchive(name, content), name), content)
      }),
    )
  })
})
