import assert from 'node:assert/strict'
import { compileModule } from '../../../src/module/compile-module.js'
import { execute, loadOne, Project, sharedPackages } from './project.js'

describe('the loader of bundled modules', () => {
  it('runs TypeScript, JSON, CommonJS and ES modules together', async () => {
    const loaded = await loadOne({
      'test/chat.ts': `
        import { useDevice as take } from 'baton'
        import settings from './settings.json'
        import { double } from './math.cjs'
        import * as names from './names.mjs'
        enum Role { Alice = 'alice' }
        export const seen: unknown[] = [settings.a, double(21), names.second, await take(Role.Alice)]
        export default class Page<T> { declare value: T }`,
      'test/settings.json': '{ "a": 1 }',
      'test/math.cjs': `const os = require('os'); exports.double = n => typeof os.cpus === 'function' && 2 * n`,
      'test/names.mjs': `export * from './more.mjs'`,
      'test/more.mjs': `export const second = 'b'`,
    })
    const { exports } = await execute(loaded)
    assert.deepEqual(exports['seen'], [1, 42, 'b', 'alice'])
    assert.equal(typeof exports['default'], 'function')
    assert.equal(loaded.bundle.file, 'test/chat.ts')
    assert.deepEqual(loaded.bundle.externals, [])
  })

  it('runs setup files in order before the module, with and without a listener', async () => {
    const files = {
      'chat.ts': `export const seen = (globalThis as { seen?: string[] }).seen`,
      'one.ts': `(globalThis as { seen?: string[] }).seen = ['one']; export const name = 'one'`,
      'two.ts': `(globalThis as { seen?: string[] }).seen?.push('two'); export const name = 'two'`,
    }
    const loaded = await loadOne(files, { setup: ['one.ts', 'two.ts'] })
    const load = compileModule(loaded.bundle.code, loaded.bundle.file)
    const listened: unknown[] = []
    const onSetup = async ({ name }: Record<string, unknown>, index: number): Promise<void> => {
      listened.push([index, name])
    }
    try {
      for (const listener of [undefined, onSetup]) {
        const { exports, setup } = await load({ directory: '/unpacked', ...sharedPackages(), onSetup: listener })
        assert.deepEqual(exports['seen'], ['one', 'two'])
        assert.deepEqual(
          setup.map(each => each['name']),
          ['one', 'two'],
        )
      }
    } finally {
      Reflect.deleteProperty(globalThis, 'seen')
    }
    assert.deepEqual(listened, [
      [0, 'one'],
      [1, 'two'],
    ])
  })

  it('runs a CommonJS module', async () => {
    for (const name of ['chat.cjs', 'chat.js', 'chat.cts']) {
      const loaded = await loadOne({
        [name]: `
          const { useDevice } = require('baton')
          const mocha = require('mocha')
          module.exports.devices = { alice: ['tablet'] }
          module.exports.done = useDevice('alice')
          module.exports.kind = mocha.default.kind`,
      })
      assert.deepEqual(loaded.stated.needs, { alice: 'tablet' })
      const { calls, importPackage } = sharedPackages()
      const { exports } = await execute(loaded, '/unpacked', importPackage)
      assert.deepEqual(calls, ['alice'])
      assert.equal(exports['kind'], 'mocha')
    }
  })

  it('imports built-ins, bundled files and shared packages at run time, even by a computed name', async () => {
    const loaded = await loadOne({
      'chat.ts': `
        const name = 'node:path'
        const path = await import(name)
        const { helper } = await import('./helper')
        const { useDevice } = await import('baton')
        const kind = 'a'
        const one = await import(\`./kinds/\${kind}.ts\`)
        export const seen = [path.basename('/x/y'), helper(), await useDevice('alice'), one.default]
        export const missing = await import('./' + 'nowhere.js').catch(error => error.code)`,
      'helper.ts': `export const helper = () => 'helped'`,
      'kinds/a.ts': `export default 'kind a'`,
    })
    const { exports } = await execute(loaded)
    assert.deepEqual(exports['seen'], ['y', 'helped', 'alice', 'kind a'])
    assert.equal(exports['missing'], 'ERR_MODULE_NOT_FOUND')
  })

  it('runs a new copy each time, setup files first', async () => {
    const loaded = await loadOne(
      {
        'chat.ts': `
          import { log } from './log'
          log.push('module')
          export const seen = log`,
        'log.ts': `export const log: string[] = []`,
        'set-up.ts': `
          import { log } from './log'
          log.push('set-up')
          export const mochaHooks = { beforeEach() {} }`,
      },
      { setup: ['set-up.ts'] },
    )
    const first = await execute(loaded)
    const second = await execute(loaded)
    assert.deepEqual(first.exports['seen'], ['set-up', 'module'])
    assert.deepEqual(second.exports['seen'], ['set-up', 'module'])
    assert.deepEqual(Object.keys(first.setup[0] ?? {}), ['mochaHooks'])
  })

  it('runs strict code whose top-level this is undefined, without names of its own', async () => {
    const loaded = await loadOne({
      'chat.ts': `
        export const self = this
        export let refused = ''
        try { (globalThis as any).eval; undeclared = 1 } catch (error) { refused = (error as Error).name }
        declare let undeclared: number`,
    })
    const { exports } = await execute(loaded)
    assert.equal(exports['self'], undefined)
    assert.equal(exports['refused'], 'ReferenceError')
  })

  it('uses the nearest tsconfig.json', async () => {
    const loaded = await loadOne({
      'packages/app/test/chat.ts': `
        import { page } from '@pages/page'
        export const seen = page`,
      'packages/app/tsconfig.json': `{ "compilerOptions": { "paths": { "@pages/*": ["./pages/*"] } } }`,
      'packages/app/pages/page.ts': `export const page = 'the right one'`,
      'tsconfig.json': `{ "compilerOptions": { "paths": { "@pages/*": ["./wrong/*"] } } }`,
      'wrong/page.ts': `export const page = 'the wrong one'`,
    })
    assert.equal((await execute(loaded)).exports['seen'], 'the right one')
  })

  it('reports which export a shared package lacks, and where it is imported', async () => {
    const loaded = await loadOne({ 'chat.ts': `\nimport { browsr } from '@wdio/globals'\nawait browsr.url('/')` })
    await assert.rejects(execute(loaded), {
      code: 'BATON_MODULE_IMPORT',
      message: `'@wdio/globals' has no export 'browsr'.`,
      place: { file: 'chat.ts', line: 2, column: 10 },
    })
  })

  it('accepts unusual files', async () => {
    const body = `import { useDevice } from 'baton'\nexport const done = await useDevice('alice')\n`
    const cases: Record<string, string> = {
      'bom.ts': `\uFEFF${body}`,
      'crlf.ts': body.replaceAll('\n', '\r\n'),
      'shebang.ts': `#!/usr/bin/env node\n${body}`,
      'with space/übung 測試 #1 100%.ts': body,
      '[odd].ts': body,
      "$(name)'s.ts": body,
    }
    for (const [name, text] of Object.entries(cases)) {
      const loaded = await loadOne({ [name]: text })
      assert.equal(loaded.stated.places['alice']?.file, name)
      assert.equal(loaded.stated.places['alice']?.line, name === 'shebang.ts' ? 3 : 2, name)
      assert.equal((await execute(loaded)).exports['done'], 'alice')
    }
  })

  it('accepts a module that is empty, has only comments or exports nothing', async () => {
    for (const text of ['', '// nothing yet\n', `console.debug\n`]) {
      const loaded = await loadOne({ 'chat.ts': text })
      assert.deepEqual(loaded.stated.needs, {})
      assert.equal(loaded.stated.firstRole, undefined)
      assert.equal((await execute(loaded)).exports['devices'], undefined)
    }
  })

  it('accepts circular imports, even through the module itself', async () => {
    const loaded = await loadOne({
      'chat.ts': `
        import { odd } from './odd'
        export const even = (n: number): boolean => n === 0 || odd(n - 1)
        export const seen = even(10)`,
      'odd.ts': `
        import { even } from './chat'
        export const odd = (n: number): boolean => n > 0 && even(n - 1)`,
    })
    assert.equal((await execute(loaded)).exports['seen'], true)
  })

  it('distinguishes files of the same name in two folders', async () => {
    await using project = await Project.create({
      'a/chat.ts': `import { useDevice } from 'baton'; export const seen = await useDevice('alice')`,
      'b/chat.ts': `import { useDevice } from 'baton'; export const seen = await useDevice('alice')`,
    })
    const [a, b] = await project.load(['a/chat.ts', 'b/chat.ts'])
    assert.deepEqual([a?.bundle.file, b?.bundle.file], ['a/chat.ts', 'b/chat.ts'])
    assert.notEqual(a?.bundle.hash, b?.bundle.hash)
  })

  it('hashes a bundle by its content, wherever the project is', async () => {
    const files = {
      'chat.ts': `import { help } from './helper'; export const files = ['data.json']; help()`,
      'helper.ts': `export const help = () => [import.meta.url, __dirname]`,
      'data.json': '{}',
    }
    const first = await loadOne(files)
    const again = await loadOne(files)
    const other = await loadOne({ ...files, 'data.json': '{ }' })
    assert.equal(first.bundle.hash, again.bundle.hash)
    assert.equal(first.bundle.code, again.bundle.code)
    assert.notEqual(first.bundle.hash, other.bundle.hash)
  })

  it('accepts a huge module', async () => {
    const lines = Array.from({ length: 30_000 }, (_, n) => `export const value${n} = { n: ${n}, text: 'line ${n}' }`)
    const loaded = await loadOne({
      'chat.ts': `import { useDevice } from 'baton'\n${lines.join('\n')}\nuseDevice('alice')\n`,
    })
    assert.deepEqual(loaded.stated.places['alice'], { file: 'chat.ts', line: 30_002, column: 1 })
  })

  it('loads many modules at a time, and keeps their order', async () => {
    const names = Array.from({ length: 60 }, (_, n) => `m${n}.ts`)
    await using project = await Project.create(
      Object.fromEntries(names.map(name => [name, `import { useDevice } from 'baton'; useDevice('${name}')`])),
    )
    const loaded = await project.load(names)
    assert.deepEqual(
      loaded.map(({ stated }) => stated.firstRole),
      names,
    )
  })
})
