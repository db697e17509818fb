import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { compileModule } from '../../../src/module/compile-module.js'
import { loadOne, Project } from './project.js'

const addonPackage = {
  'node_modules/fast/package.json': `{ "name": "fast", "main": "index.js", "version": "1.0.0" }`,
  'node_modules/fast/index.js': `try { module.exports = require('./fast.node') } catch { module.exports = { loaded: 'on the host' } }`,
  'node_modules/fast/fast.node': 'binary',
}

describe('packages with native addons, on a host', () => {
  const users: Record<string, string> = {
    'by import': `import fast from 'fast'; export const seen = fast.loaded`,
    'by require': `export const seen = require('fast').loaded`,
    'by dynamic import': `const fast = await import('fast'); export const seen = fast.default.loaded`,
  }
  for (const [way, text] of Object.entries(users)) {
    it(`are taken from its own installation ${way}`, async () => {
      const { bundle } = await loadOne({ 'chat.ts': text, ...addonPackage })
      assert.deepEqual(bundle.externals, ['fast'])
      await using host = await Project.create(addonPackage)
      const run = compileModule(bundle.code, 'id')
      const { exports } = await run({ directory: '/unpacked', installedIn: [host.cwd] })
      assert.equal(exports['seen'], 'on the host')
      await using bare = await Project.create({})
      await assert.rejects(run({ directory: '/unpacked', installedIn: [bare.cwd] }), {
        code: 'BATON_MODULE_ADDON',
        message: `'fast' has a native addon and is not installed here.`,
        hint: `install it on this machine, in ${bare.cwd}`,
      })
    })
  }

  it('may be missing if the module handles it', async () => {
    const text = `export let seen = 'with'; try { require('fast') } catch { seen = 'without' }`
    const { bundle } = await loadOne({ 'chat.ts': text, ...addonPackage })
    const { exports } = await compileModule(bundle.code, 'id')({ directory: '/unpacked', installedIn: [] })
    assert.equal(exports['seen'], 'without')
  })
})

describe('shared packages', () => {
  it("are the same instance as Baton's, for import and require", async () => {
    const { bundle } = await loadOne({
      'chat.ts': `
        import * as imported from 'mocha'
        import * as globals from '@wdio/globals'
        import { old } from './old.cjs'
        export const packages = [imported.describe, old.mocha.describe, globals.$, old.globals.$]`,
      'old.cjs': `exports.old = { mocha: require('mocha'), globals: require('@wdio/globals') }`,
    })
    const { exports } = await compileModule(bundle.code, 'id')({ directory: '/unpacked' })
    const mocha = await import('mocha')
    const globals = await import('@wdio/globals')
    assert.deepEqual(exports['packages'], [mocha.describe, mocha.describe, globals.$, globals.$])
  })
})

describe('loading one module after another', () => {
  it('leaks no memory', async () => {
    const body = Array.from({ length: 600 }, (_, n) => `export function f${n}() { return 'some text ${n}' }`).join('\n')
    const { bundle } = await loadOne({
      'chat.ts': `import fs from 'node:fs'\nimport data from './data.json'\nexport const path = await import('node:path')\nexport const seen = [fs, data, import.meta.url]\n${body}`,
      'data.json': JSON.stringify(Array.from({ length: 2000 }, (_, n) => `row ${n}`)),
    })
    await using folder = await Project.create({ 'code.txt': bundle.code })
    const script = `
      import { readFileSync } from 'node:fs'
      import { compileModule } from ${JSON.stringify(new URL('../../../src/module/compile-module.js', import.meta.url).href)}
      const code = readFileSync(${JSON.stringify(folder.path('code.txt'))}, 'utf8')
      const used = async rounds => {
        for (let n = 0; n < rounds; n++) await compileModule(code + '//' + Math.random(), 'id' + n)({ directory: '/d' })
        gc(); await new Promise(setImmediate); gc()
        return process.memoryUsage().heapUsed
      }
      const before = await used(50)
      console.log(JSON.stringify({ before, after: await used(200) }))`
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      '--input-type=module',
      '--eval',
      script,
    ])
    const { before, after } = JSON.parse(stdout) as { before: number; after: number }
    const kilobytesEach = (after - before) / 200 / 1024
    // The code alone is 60 KB, so that a leak of as much as that would show.
    assert.ok(bundle.code.length > 60_000, String(bundle.code.length))
    assert.ok(kilobytesEach < 5, `${kilobytesEach.toFixed(1)} KB stay behind with each load`)
  })
})
