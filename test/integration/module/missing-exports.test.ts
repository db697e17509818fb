import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { execute, Project } from './project.js'

const old = { 'old.cjs': 'exports.real = 1; if (!exports.real) exports.unset = 2' }
const starred = `export * from './old.cjs'; export const own = 1`

/** The first file of each imports a name; whether that is missing is known only when CommonJS or a package is loaded. */
const programs: Record<string, Record<string, string>> = {
  'in a cycle with top-level await': {
    'main.mjs': `import './b.mjs'; ${starred}; await null`,
    'b.mjs': `import { nope } from './main.mjs'`,
    ...old,
  },
  'used in a cycle': {
    'main.mjs': `import { nope } from './b.mjs'; export const own = 1; nope()`,
    'b.mjs': `import { own } from './main.mjs'; export * from './old.cjs'; export const read = () => own; await null`,
    ...old,
  },
  'through a star': { 'main.mjs': `import { nope } from './b.mjs'`, 'b.mjs': starred, ...old },
  'through a star of a package': { 'main.mjs': `import { nope } from './b.mjs'`, 'b.mjs': `export * from 'node:fs'` },
  'exported again': { 'main.mjs': `export { nope as mine } from './b.mjs'`, 'b.mjs': starred, ...old },
  'imported and exported': { 'main.mjs': `import { nope } from './b.mjs'; export { nope }`, 'b.mjs': starred, ...old },
  'of CommonJS': { 'main.mjs': `import { nope } from './old.cjs'`, ...old },
  'of a default export': { 'main.mjs': `import { real } from './old.cjs'`, 'old.cjs': `module.exports = class {}` },
  'that CommonJS never sets': { 'main.mjs': `import { unset } from './b.mjs'`, 'b.mjs': starred, ...old },
  'that exists in a cycle': {
    'main.mjs': `import './b.mjs'; ${starred}; await null`,
    'b.mjs': `import { real } from './main.mjs'; export const read = () => real`,
    ...old,
  },
}

const judge = `
  const found = {}
  for (const [name, file] of JSON.parse(process.argv[2]))
    found[name] = await import(file).then(() => 'runs', error => error.name)
  console.log(JSON.stringify(found))`

describe('a missing export', () => {
  let project: Project
  let judged: Record<string, string>
  const names = Object.keys(programs)
  const entryOf = (name: string): string => `p${names.indexOf(name)}/main.mjs`

  before(async () => {
    const files = names.flatMap((name, index) =>
      Object.entries(programs[name] ?? {}).map(([file, text]) => [`p${index}/${file}`, text] as const),
    )
    project = await Project.create({ ...Object.fromEntries(files), 'judge.mjs': judge })
    const entries = names.map(name => [name, project.path(entryOf(name))])
    const args = [project.path('judge.mjs'), JSON.stringify(entries)]
    judged = JSON.parse((await promisify(execFile)(process.execPath, args)).stdout) as Record<string, string>
  })
  after(() => project[Symbol.asyncDispose]())

  for (const name of names) {
    it(`is refused if Node refuses it: ${name}`, async () => {
      const [loaded] = await project.load([entryOf(name)])
      assert.ok(loaded)
      const found = await execute(loaded, project.cwd).then(
        () => 'runs',
        (error: unknown) => String(error),
      )
      if (judged[name] === 'runs') assert.equal(found, 'runs')
      else assert.match(found, /has no export '(nope|real)'/)
    })
  }

  it('is reported with its place', async () => {
    await project.write({ 'typo.mjs': `import { reel } from './typed.mjs'`, 'typed.mjs': starred, ...old })
    const [loaded] = await project.load(['typo.mjs'])
    assert.ok(loaded)
    await assert.rejects(execute(loaded, project.cwd), {
      code: 'BATON_MODULE_IMPORT',
      place: { file: 'typo.mjs', line: 1, column: 10 },
      hint: "did you mean 'real'?",
    })
  })
})
