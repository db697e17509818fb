import assert from 'node:assert/strict'
import type { Metafile } from 'esbuild'
import { findAddons } from '../../../src/module/native-addons.js'
import { packageOfFile } from '../../../src/module/package-names.js'

type Inputs = Metafile['inputs']

const importing = (paths: Record<string, string[]>): Inputs =>
  Object.fromEntries(
    Object.entries(paths).map(([file, imported]) => [
      file,
      { bytes: 1, imports: imported.map(path => ({ path, kind: 'require-call' as const, original: `./${path}` })) },
    ]),
  )

describe('packages with native addons', () => {
  it('are named after the innermost node_modules folder', () => {
    assert.equal(packageOfFile('node_modules/a/lib/x.js'), 'a')
    assert.equal(packageOfFile('../../node_modules/@s/a/x.js'), '@s/a')
    assert.equal(packageOfFile('node_modules/.pnpm/a@1.0.0/node_modules/a/x.js'), 'a')
    assert.equal(packageOfFile('test/my_node_modules/x.js'), undefined)
    assert.equal(packageOfFile('test/x.js'), undefined)
  })

  it('import an addon or a package that locates one; for prebuilt ones, the package that chooses', () => {
    const uses = findAddons(
      importing({
        'test/chat.ts': ['node_modules/a/index.js'],
        'node_modules/a/index.js': ['node_modules/a/build/a.node'],
        'node_modules/b/index.js': ['node_modules/node-gyp-build/index.js'],
        'node_modules/c/index.js': ['node_modules/c-linux/c.node'],
        'node_modules/d/index.js': ['node_modules/e/index.js'],
      }),
    )
    assert.deepEqual(uses, { packages: ['a', 'b', 'c'], own: [] })
  })

  it("don't include the user's own addons", () => {
    const uses = findAddons(importing({ 'test/chat.ts': ['test/x.node', 'node_modules/f/f.node'] }))
    assert.deepEqual(uses, { packages: ['f'], own: [{ file: 'test/chat.ts', source: './test/x.node' }] })
  })
})
