import assert from 'node:assert/strict'
import fc from 'fast-check'
import { zipEntry } from '../../../src/device/apk/zip-entry.js'
import { zipArchive } from '../../../src/process/zip-archive.js'

describe('a ZIP archive', () => {
  it('contains its files under their names', () => {
    const name = fc.string({ unit: 'binary', minLength: 1 })
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 5 }), fc.uint8Array(), (names, bytes) => {
        const files = names.map((name, index) => ({ name, content: Buffer.from([index, ...bytes]) }))
        const archive = zipArchive(files)
        // Unpaired surrogates become the same character.
        if (new Set(names.map(one => Buffer.from(one).toString())).size < names.length) return
        for (const { name, content } of files) assert.deepEqual(zipEntry(archive, name), content)
      }),
      { numRuns: 30 },
    )
  })
})
