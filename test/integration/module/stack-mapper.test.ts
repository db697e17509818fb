import assert from 'node:assert/strict'
import { createStackMapper, type StackMapper } from '../../../src/module/stack-mapper.js'
import type { LoadedModule } from '../../../src/module/module-bundle.js'
import { execute, loadOne } from './project.js'

const mapperOf = ({ bundle }: LoadedModule): StackMapper => createStackMapper(bundle.sourceMap, bundle.file)

async function stackOf(run: () => unknown): Promise<string> {
  try {
    await run()
  } catch (error) {
    return (error as Error).stack ?? ''
  }
  throw new Error('nothing was thrown')
}

/** `file:line:column` of all frames that are not Node's or this test's. */
function framesIn(stack: string): string[] {
  return [...stack.matchAll(/\(?((?:test|lib|node_modules|\.\.)\/\S+?:\d+:\d+)\)?$/gm)].map(([, place = '']) => place)
}

describe('stacks of modules', () => {
  it('show the source, line and column of each frame, even asynchronous ones', async () => {
    const loaded = await loadOne({
      'test/my chat.ts': [
        `import { login } from '../lib/page'`,
        `interface Lost { of: string }`,
        `export async function test(): Promise<void> {`,
        `  const lost: Lost = { of: 'types' }`,
        `  /* ü 手机 */ await login(lost.of)`,
        `}`,
      ].join('\n'),
      'lib/page.ts': [
        `import { fail } from 'pages'`,
        `export async function login(name: string) {`,
        `  await Promise.resolve()`,
        `  await [1].map(async () => { await null; fail(name) })[0]`,
        `}`,
      ].join('\r\n'),
      'node_modules/pages/package.json': `{ "name": "pages", "main": "index.js" }`,
      'node_modules/pages/index.js': `\nexports.fail = name => {\n  throw new TypeError('no ' + name)\n}`,
    })
    const { exports } = await execute(loaded)
    const stack = await stackOf(exports['test'] as () => unknown)
    const mapped = mapperOf(loaded).map(stack)
    assert.match(mapped, /^TypeError: no types\n/)
    assert.doesNotMatch(mapped, /\/baton\//)
    assert.match(mapped, /at async login \(lib\/page.ts:4:3\)/)
    assert.match(mapped, /at async test \(test\/my chat.ts:5:14\)/)
    assert.deepEqual(framesIn(mapped).slice(0, 2), ['node_modules/pages/index.js:3:9', 'lib/page.ts:4:43'])
  })

  it('are exact on the first line, behind replaced imports, and for errors while loading', async () => {
    const text = `import { $ } from '@wdio/globals'; export const path = await import('node:path'), dir = __dirname; throw new Error('first ' + $('x') + dir)`
    const loaded = await loadOne({ 'test/a.ts': text })
    const stack = await stackOf(() => execute(loaded))
    assert.match(stack, /first x\/unpacked\/test/)
    assert.equal(framesIn(mapperOf(loaded).map(stack))[0], `test/a.ts:1:${text.indexOf('new Error') + 1}`)
  })

  it('leave out frames that belong neither to the user nor to a package', async () => {
    const loaded = await loadOne({
      'test/a.ts': `import { boom } from '../lib/old.cjs'\nboom()`,
      'lib/old.cjs': `require('./older.cjs')`,
      'lib/older.cjs': `null.boom`,
    })
    const mapped = mapperOf(loaded).map(await stackOf(() => execute(loaded)))
    assert.doesNotMatch(mapped, /\/baton\/|baton:entry|__require|__commonJS/)
    assert.deepEqual(framesIn(mapped).slice(0, 2), ['lib/older.cjs:1:6', 'lib/old.cjs:1:1'])
  })

  it('leave other frames, and text without frames, alone', async () => {
    const loaded = await loadOne({ 'test/a.ts': 'export {}' })
    const mapper = mapperOf(loaded)
    for (const text of [
      '',
      'Error: x',
      'Error\n    at node:fs:1:2\n    at f (/else/a.js:3:4)',
      '/baton/other.js:1:1',
    ]) {
      assert.equal(mapper.map(text), text)
    }
  })
})
