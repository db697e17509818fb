import assert from 'node:assert/strict'
import path from 'node:path'
import { surroundingsOf } from '../../../src/module/project-listing.js'
import { snapshotFiles } from '../../../src/module/snapshot-files.js'

const treePath = (file: string): string => path.relative('/project', file)

describe('what a module learns about its project', () => {
  it('is all folders and files of a small one, without those that are sent', () => {
    const listing = { folders: ['shots', 'data'], files: ['data/a.json', 'b.txt'] }
    assert.deepEqual(surroundingsOf(listing, '', { cwd: '/project', treePath, sent: ['/project/b.txt'] }), {
      folders: ['shots', 'data'],
      unsent: ['data/a.json'],
      unsentComplete: true,
    })
  })

  it('is what its code names in a large one', () => {
    const numbers = Array.from({ length: 600 }, (_, index) => index)
    const listing = {
      folders: numbers.map(n => `folder-${n}`),
      files: numbers.map(n => `folder-${n}/file-${n}.txt`),
    }
    const code = `read('folder-7'); read(x + 'file-590.txt')`
    const found = surroundingsOf(listing, code, { cwd: '/project', treePath, sent: [] })
    assert.deepEqual(found, {
      folders: ['folder-7'],
      unsent: ['folder-7/file-7.txt', 'folder-590/file-590.txt'],
      unsentComplete: false,
    })
  })

  it('includes the files of its snapshot matchers, only if it has such', () => {
    const files = (code: string): string[] => snapshotFiles(code, '/p/test/a.ts', ['/p/test/a.ts', '/p/lib/b.ts'])
    assert.deepEqual(files('expect(1).toBe(1)'), [])
    assert.deepEqual(files('expect(1).toMatchSnapshot()'), ['/p/test/__snapshots__/a.ts.snap'])
    assert.deepEqual(files('expect(1).toMatchInlineSnapshot()'), ['/p/test/a.ts', '/p/lib/b.ts'])
  })
})
