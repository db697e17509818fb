import assert from 'node:assert/strict'
import { compileModule } from '../../../src/module/compile-module.js'
import { toFunctionBody } from '../../../src/module/function-body.js'
import { SourceLocations } from '../../../src/module/source-locations.js'
import { SyntaxTree } from '../../../src/module/syntax-tree.js'

const noMap = JSON.stringify({ version: 3, sources: [], names: [], mappings: '' })

function bodyOf(code: string): string {
  const locations = new SourceLocations(code, noMap)
  return toFunctionBody({ tree: new SyntaxTree(code), locations, treePath: file => file, addons: [] })
}

describe('the function body of a module', () => {
  it('keeps each line and each column, one line further down', () => {
    const code = [
      `import { a } from "baton"; var b = a`,
      `import * as c`,
      `  from "mocha"; var d = await import("node:fs")`,
      `var e = $bm00000.url, f = $bd00000 + $bf00000`,
      `export { b as exports,`,
      `  d }; var g = 1`,
    ].join('\n')
    const body = bodyOf(code).split('\n').slice(1, -1)
    const lines = code.split('\n')
    assert.deepEqual(
      body.map(line => line.length),
      lines.map(line => line.length),
    )
    for (const [line, name] of [
      [0, 'var b'],
      [2, 'var d'],
      [3, 'var e'],
      [5, 'var g'],
    ] as const) {
      assert.equal(body[line]?.indexOf(name), lines[line]?.indexOf(name))
    }
  })

  it('leaves an import by URL alone: it may be sent to a page', () => {
    const code = `export const exports = () => import("https://example.org/a.js")`
    assert.match(bodyOf(`var exports = 1; ${code.replace('export const exports', 'var f')}`), /import\("https:/)
  })

  it('shows any module id in stacks', async () => {
    const code = bodyOf(`var exports = {};\n  throw new Error('here');\nexport { exports };`)
    const id = 'test/ü (1)?#%.ts'
    await assert.rejects(compileModule(code, id)({ directory: '/unpacked' }), (error: Error) => {
      assert.match(error.stack ?? '', /\/baton\/test%2F%C3%BC%20\(1\)%3F%23%25\.ts\.js:2:9/)
      return true
    })
  })
})
