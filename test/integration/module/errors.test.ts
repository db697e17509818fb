import assert from 'node:assert/strict'
import { errorsOf, Project, summary } from './project.js'

describe('errors of modules', () => {
  it('maps syntax errors, with columns in characters', async () => {
    const errors = await errorsOf({ 'a.ts': `const x = 1\nconst ü = '手机'; const y == 2` })
    assert.deepEqual(summary(errors), ['BATON_MODULE_SYNTAX a.ts:2:25'])
    assert.equal(errors[0]?.message, 'Expected ";" but found "==".')
  })

  it('suggests what was meant by an import that is not found', async () => {
    const cases: [source: string, hint: RegExp][] = [
      ['./pages/chta', /^did you mean '.\/pages\/chat'\?$/],
      ['./pages/chta.ts', /^did you mean '.\/pages\/chat.ts'\?$/],
      ['./page/chat', /^did you mean '.\/pages'\?$/],
      ['../nowhere/at/all', /^\.\.\/nowhere\/at\/all does not exist$/],
      ['webdriveri0', /^did you mean 'webdriverio'\?$/],
      ['botan', /^did you mean 'baton'\?$/],
      ['lodahs', /^did you mean 'lodash'\?$/],
      ['lodash', /npm install$/],
      ['lodash/fp', /does it have 'fp'\?$/],
      ['child_proces', /^did you mean 'child_process'\?$/],
      ['@pages/something-else', /tsconfig\.json$/],
    ]
    for (const [source, hint] of cases) {
      const [problem, ...others] = await errorsOf({
        'chat.ts': `import 'node:fs'\nimport x from '${source}'\nx()`,
        'pages/chat.ts': '',
        'package.json': '{ "devDependencies": { "lodash": "4" } }',
      })
      assert.equal(others.length, 0)
      assert.deepEqual(summary(problem ? [problem] : []), ['BATON_MODULE_IMPORT chat.ts:2:15'], source)
      assert.equal(problem?.message, `'${source}' cannot be found.`)
      assert.match(problem?.hint ?? '', hint, source)
    }
  })

  it('refuses names that a file does not export, and files that are not code', async () => {
    const errors = await errorsOf({
      'chat.ts': `import { helo } from './helper'\nimport picture from './a.png'\nhelo(picture)`,
      'helper.ts': `export const hello = 1`,
      'a.png': 'png',
    })
    assert.deepEqual(summary(errors), ['BATON_MODULE_IMPORT chat.ts:2:21'])
    assert.match(errors[0]?.hint ?? '', /export const files/)
    const names = await errorsOf({
      'chat.ts': `import { helo } from './helper'\nhelo()`,
      'helper.ts': `export const hello = 1`,
    })
    assert.deepEqual(summary(names), ['BATON_MODULE_IMPORT chat.ts:1:10'])
  })

  it('reports a missing setup file', async () => {
    const errors = await errorsOf({ 'chat.ts': '' }, ['chat.ts'], { setup: ['set-up.ts'] })
    assert.deepEqual(
      errors.map(problem => [problem.code, problem.message]),
      [['BATON_MODULE_IMPORT', `'set-up.ts' cannot be found.`]],
    )
  })

  it('reports the errors of all modules together, without duplicates, sorted by file', async () => {
    const files = {
      'b.ts': `import './shared'; import './missing'`,
      'a.ts': `import './shared'`,
      'c.ts': `import { useDevice } from 'baton'\nexport const files = ['none.png', 'none.txt']\nuseDevice(String(1))`,
      'd.ts': `export const devices = 1`,
      'good.ts': `export {}`,
      'shared.ts': `let = `,
    }
    const errors = await errorsOf(files, ['b.ts', 'a.ts', 'c.ts', 'good.ts', 'd.ts'])
    assert.deepEqual(summary(errors), [
      'BATON_MODULE_IMPORT b.ts:1:27',
      'BATON_MODULE_FILES c.ts:2:23',
      'BATON_MODULE_FILES c.ts:2:35',
      'BATON_DEVICE_COMPUTED c.ts:3:1',
      'BATON_DEVICES_EXPORT d.ts:1:24',
      'BATON_MODULE_SYNTAX shared.ts:1:7',
    ])
  })
})

describe('native addons', () => {
  const addon = (name: string, index: string): Record<string, string> => ({
    [`node_modules/${name}/package.json`]: `{ "name": "${name}", "main": "index.js" }`,
    [`node_modules/${name}/index.js`]: index,
    [`node_modules/${name}/build/addon.node`]: 'binary',
  })

  it('are not bundled; their packages are resolved on the host', async () => {
    const packages = {
      ...addon('plain', `module.exports = require('./build/addon.node')`),
      ...addon('@scope/searching', `module.exports = require('bindings')('addon')`),
      ...addon('unbuilt', `exports.native = require('./build/Release/none.node')`),
      ...addon('versioned', 'exports.native = require(`./build/Release/none-${process.platform}.node`)'),
      ...addon('prebuilt', `let native; try { native = require('prebuilt-linux') } catch {}; module.exports = native`),
      'node_modules/bindings/package.json': `{ "name": "bindings", "main": "index.js" }`,
      'node_modules/bindings/index.js': `module.exports = name => name`,
      'node_modules/prebuilt-linux/package.json': `{ "name": "prebuilt-linux", "main": "addon.node" }`,
      'node_modules/prebuilt-linux/addon.node': 'binary',
    }
    await using project = await Project.create({
      'chat.ts': `import plain from 'plain'; import '@scope/searching'; import 'unbuilt'; import 'versioned'; import 'prebuilt'; export { plain }`,
      ...packages,
    })
    const [loaded] = await project.load(['chat.ts'])
    assert.deepEqual(loaded?.bundle.externals, ['@scope/searching', 'plain', 'prebuilt', 'unbuilt', 'versioned'])
  })

  it("are refused if they are part of the user's own code", async () => {
    const errors = await errorsOf({ 'chat.ts': `// first\nimport x from './fast.node'\nx()`, 'fast.node': 'binary' })
    assert.deepEqual(summary(errors), ['BATON_MODULE_ADDON chat.ts:2:16'])
  })
})
