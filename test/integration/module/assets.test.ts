import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { compileModule } from '../../../src/module/compile-module.js'
import { unpackFiles } from '../../../src/module/unpack-files.js'
import { execute, errorsOf, loadOne, Project, sharedPackages, summary } from './project.js'

const paths = (loaded: { bundle: { files: { path: string }[] } }): string[] =>
  loaded.bundle.files.map(file => file.path)

describe('files that are sent with a module', () => {
  it('are found on another machine, where the code looks for them', async () => {
    await using project = await Project.create({
      'e2e/test/chat.ts': `
        import fs from 'node:fs'
        import path from 'node:path'
        import { picture } from './pages/page'
        import { shared, folder } from '../../shared/helper'
        import old from './old.cjs'
        export const files = ['data/*.json', 'pages/b c.txt']
        const read = (at: string | URL) => fs.readFileSync(at, 'utf8')
        export const seen = [
          read(new URL('./data/a.json', import.meta.url)),
          read(path.join(__dirname, 'data', 'b.json')),
          read(path.join(import.meta.dirname, 'pages/b c.txt')),
          read(picture),
          read(shared),
          read(old.file),
          old.required.a,
        ]
        export const where = [import.meta.filename, __filename, folder, old.here, import.meta.resolve('./x')]`,
      'e2e/test/pages/page.ts': `export const files = ['a.png']; export const picture = new URL('a.png', import.meta.url)`,
      'e2e/test/pages/a.png': 'picture',
      'e2e/test/pages/b c.txt': 'text',
      'e2e/test/old.cjs': `
        const where = require('path').join(__dirname, 'old.txt')
        exports.files = ['old.txt', './data/req.json']; exports.file = where; exports.here = __filename
        exports.required = require('./data/' + 'req' + '.json')`,
      'e2e/test/old.txt': 'old',
      'e2e/test/data/req.json': '{ "a": "required" }',
      'e2e/test/data/a.json': 'a',
      'e2e/test/data/b.json': 'b',
      'shared/helper.ts': `export const files = ['./fixtures']; export const shared = __dirname + '/fixtures/deep/.s'; export const folder = __dirname`,
      'shared/fixtures/deep/.s': 'shared',
    })
    const [loaded] = await project.load(['e2e/test/chat.ts'], { cwd: project.path('e2e') })
    assert.ok(loaded)
    assert.equal(loaded.bundle.file, 'test/chat.ts')
    assert.equal(loaded.bundle.base, 'e2e')
    assert.deepEqual(paths(loaded).toSorted(), [
      'e2e/test/data/a.json',
      'e2e/test/data/b.json',
      'e2e/test/data/req.json',
      'e2e/test/old.txt',
      'e2e/test/pages/a.png',
      'e2e/test/pages/b c.txt',
      'shared/fixtures/deep/.s',
    ])
    await using host = await Project.create({})
    await unpackFiles(loaded.bundle.files, host.cwd)
    await rm(project.cwd, { recursive: true })
    const { exports } = await execute(loaded, host.cwd)
    assert.deepEqual(exports['seen'], ['a', 'b', 'text', 'picture', 'shared', 'old', 'required'])
    assert.deepEqual(exports['where'], [
      host.path('e2e/test/chat.ts'),
      host.path('e2e/test/chat.ts'),
      host.path('shared'),
      host.path('e2e/test/old.cjs'),
      `file://${host.path('e2e/test/x')}`,
    ])
  })

  it('are declared by literals and constants, in the module, helpers and setup files', async () => {
    const loaded = await loadOne(
      {
        'test/chat.ts': `
          import './helper'
          const ONE = 'one.txt'
          const files = [ONE, ...['two.txt'], \`th\${'ree'}.txt\`] as const satisfies readonly string[]
          export { files }`,
        'test/helper.ts': `export const files = ['../four.txt']; globalThis.name`,
        'set-up.ts': `export const files: string[] = ['five.txt']`,
        'unrelated.ts': `export const files = ['six.txt']`,
        ...Object.fromEntries(
          ['test/one', 'test/two', 'test/three', 'four', 'five', 'six'].map(it => [`${it}.txt`, it]),
        ),
      },
      { setup: ['set-up.ts'] },
    )
    assert.deepEqual(paths(loaded), ['five.txt', 'four.txt', 'test/one.txt', 'test/three.txt', 'test/two.txt'])
  })

  it('run if they are scripts that the module imports by computed names', async () => {
    const loaded = await loadOne({
      'test/chat.ts': `
        import { createRequire } from 'node:module'
        import { shared } from './shared'
        export const files = ['flows/*', 'broken.js']
        const load = async (name: string) => await import('./flows/' + name)
        const own = createRequire(import.meta.url)
        const { login } = await load('login.ts')
        const { pages } = await load('pages.mjs')
        const url = new URL('./flows/login.ts', import.meta.url).href
        export const seen = [
          await login(), await pages(), (await load('plain.cjs')).default.used, own('./flows/plain.cjs').used, (await import(url)).login === login,
          (await load('login.js')).login === login, shared.count, typeof require('./flows/' + 'login').login]`,
      'test/shared.ts': `export const shared = { count: 0 }`,
      'test/flows/login.ts': `
        import { useDevice } from 'baton'
        import { shared } from '../shared.js'
        enum Role { Alice = 'alice' }
        shared.count++
        export const login = (): Promise<string> => useDevice(Role.Alice) as Promise<never>`,
      'test/flows/pages.mjs': `import { useDevice } from 'baton'; export const pages = () => useDevice('bob')`,
      'test/flows/plain.cjs': `const { useDevice } = require('baton'); exports.used = typeof useDevice`,
      'test/flows/notes.txt': 'not code',
      'test/broken.js': 'const = 1',
    })
    assert.deepEqual(loaded.stated.needs, { alice: 'name=alice', bob: 'name=bob' })
    const { exports } = await execute(loaded)
    assert.deepEqual(exports['seen'], ['alice', 'bob', 'function', 'function', true, true, 1, 'function'])
  })

  it('are those of packages that it requires or resolves as Node does', async () => {
    await using project = await Project.create({
      'test/chat.ts': `
        import { createRequire } from 'node:module'
        import * as module from 'node:module'
        import node from 'node:module'
        import { readFileSync } from 'node:fs'
        import { fileURLToPath } from 'node:url'
        const own = createRequire(import.meta.url)
        const other = module.createRequire(import.meta.url)
        const { version } = own('engine/package.json')
        const text = (path: string) => readFileSync(path, 'utf8')
        export const seen: unknown[] = [version, text(own.resolve('engine/engine.min.js')), text(other.resolve('engine/rules')),
          text(require.resolve('engine/styles')), node.createRequire(__filename)('engine/run')(), other('../data.json').n,
          createRequire(new URL('../package.json', import.meta.url))('@all/tables').n,
          text(fileURLToPath(import.meta.resolve('engine/meta'))), text(fileURLToPath(import.meta.resolve('./beside.txt'))),
          typeof import.meta.resolve('webdriverio')]
        seen.push(...[import.meta.resolve('dual'), require.resolve('dual'), import.meta.resolve('modern')].map(path => path.split('/').at(-1)))
        try { import.meta.resolve(['none', 'such'].join('-')) } catch (error) { seen.push(error.code) }`,
      'test/beside.txt': 'beside',
      'data.json': '{ "n": 3 }',
      'node_modules/engine/package.json': `{ "name": "engine", "version": "4.1.0", "exports": { "./styles": "./dist/styles.css",
        "./package.json": "./package.json", "./engine.min.js": "./engine.min.js", "./rules": "./dist/rules.txt", "./run": "./run.js",
        "./meta": "./dist/meta.txt" } }`,
      'node_modules/engine/dist/meta.txt': 'meta',
      'node_modules/dual/package.json': `{ "name": "dual", "exports": { "import": "./a.mjs", "require": "./b.cjs" } }`,
      'node_modules/dual/a.mjs': '',
      'node_modules/dual/b.cjs': '',
      'node_modules/modern/package.json': `{ "name": "modern", "exports": { "import": "./only.mjs" } }`,
      'node_modules/modern/only.mjs': '',
      'node_modules/engine/engine.min.js': 'window.engine = 1',
      'node_modules/engine/dist/rules.txt': 'rules',
      'node_modules/engine/dist/styles.css': 'a {}',
      'node_modules/engine/run.js': `const { part } = require('./part'); module.exports = () => part`,
      'node_modules/engine/part.js': `exports.part = 'part'`,
      'node_modules/@all/tables/package.json': `{ "name": "@all/tables", "main": "tables.json" }`,
      'node_modules/@all/tables/tables.json': '{ "n": 5 }',
    })
    const [loaded = assert.fail()] = await project.load(['test/chat.ts'])
    await using host = await Project.create({})
    await unpackFiles(loaded.bundle.files, host.cwd)
    const { exports } = await execute(loaded, host.cwd)
    assert.deepEqual(exports['seen'], [
      '4.1.0',
      'window.engine = 1',
      'rules',
      'a {}',
      'part',
      3,
      5,
      'meta',
      'beside',
      'string',
      'a.mjs',
      'b.cjs',
      'only.mjs',
      'ERR_MODULE_NOT_FOUND',
    ])
  })

  it('are not those of packages that the code names at run time: the host needs them', async () => {
    const loaded = await loadOne({
      'chat.ts': `
        const named = (name: string) => import.meta.resolve(name + '')
        export const found = ['dual', 'modern', 'old'].map(named)
        export const loaded = (await import(['du', 'al'].join(''))).from
        export const failures = ['none', 'old/hidden'].map(name => {
          try { return named(name) } catch (error) { return error.code }
        })`,
    })
    await using host = await Project.create({
      'node_modules/dual/package.json': `{ "exports": { "import": "./a.mjs", "require": "./b.cjs" } }`,
      'node_modules/dual/a.mjs': `export const from = 'a.mjs'`,
      'node_modules/dual/b.cjs': `exports.from = 'b.cjs'`,
      'node_modules/modern/package.json': `{ "exports": { "import": "./only.mjs" } }`,
      'node_modules/modern/only.mjs': '',
      'node_modules/old/package.json': `{ "exports": { ".": "./old.js", "./hidden": { "require": "./old.js" } } }`,
      'node_modules/old/old.js': '',
    })
    const load = compileModule(loaded.bundle.code, loaded.bundle.file)
    const { exports } = await load({ directory: '/unpacked', ...sharedPackages(), installedIn: [host.cwd] })
    const files = ['dual/a.mjs', 'modern/only.mjs', 'old/old.js']
    assert.deepEqual(
      exports['found'],
      files.map(file => pathToFileURL(host.path(`node_modules/${file}`)).href),
    )
    assert.equal(exports['loaded'], 'a.mjs')
    assert.deepEqual(exports['failures'], ['ERR_MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED'])
  })

  it("are refused with the line if they can't be sent", async () => {
    const errors = await errorsOf({
      'test/chat.ts': [
        `export const files = [`,
        `  'fixtures/*.png',`,
        `  'fixturse/a.txt',`,
        `  '/etc/passwd',`,
        `  '!fixtures/a.txt',`,
        `  process.env['FILE'],`,
        `]`,
      ].join('\n'),
      'test/fixtures/a.txt': '',
    })
    assert.deepEqual(
      summary(errors),
      [2, 3, 4, 5, 6].map(line => `BATON_MODULE_FILES test/chat.ts:${line}:3`),
    )
    assert.equal(errors[1]?.hint, `did you mean 'fixtures'?`)
    const computed = await errorsOf({ 'chat.ts': `const all = () => ['a']\nexport const files = all()` })
    assert.deepEqual(summary(computed), ['BATON_MODULE_FILES chat.ts:2:14'])
  })

  it('are limited in size', async () => {
    const files = {
      'chat.ts': `export const files = ['*.bin']`,
      'small.bin': Buffer.alloc(2 ** 10),
      'large.bin': Buffer.alloc(2 ** 20),
    }
    const [problem] = await errorsOf(files, ['chat.ts'], { maxFileBytes: 2 ** 20 })
    assert.equal(
      problem?.format(),
      'BATON_MODULE_FILES: chat.ts:1:23: 2 files with 1.0 MB are too large to send with a module (at most 1.0 MB).\n' +
        'HINT: the largest are large.bin (1.0 MB), small.bin (0.0 MB)',
    )
    assert.equal((await loadOne(files, { maxFileBytes: 2 ** 20 + 2 ** 10 })).bundle.files.length, 2)
  })

  it('are refused if they change before or while they are sent', async () => {
    await using project = await Project.create({ 'chat.ts': `export const files = ['a.txt']`, 'a.txt': 'one' })
    const [loaded] = await project.load(['chat.ts'])
    const [file] = loaded?.bundle.files ?? []
    assert.ok(file)
    assert.equal((await file.read()).toString(), 'one')
    await project.write({ 'a.txt': 'two' })
    await assert.rejects(file.read(), { code: 'BATON_MODULE_FILES' })
    const sent = { ...file, read: async () => Buffer.from('two') }
    await assert.rejects(unpackFiles([sent], project.path('host')), { code: 'BATON_MODULE_FILES' })
    for (const path of ['../out.txt', '/out.txt', 'a/../../out.txt', '..', '.', '', 'a\0b']) {
      const intact = { ...file, path, read: async () => Buffer.from('one') }
      await assert.rejects(unpackFiles([intact], project.path('host')), { message: /leads out of/ }, path)
    }
  })
})
