import assert from 'node:assert/strict'
import { symlink } from 'node:fs/promises'
import { BatonError } from '../../../src/error/baton-error.js'
import { findModules } from '../../../src/module/find-modules.js'
import { Project } from './project.js'

const files = {
  'test/modules/b.ts': '',
  'test/modules/a.ts': '',
  'test/modules/deep/c.mjs': '',
  'test/modules/types.d.ts': '',
  'test/modules/data.json': '',
  'test/modules/[odd] (name).ts': '',
  'test/modules/node_modules/x/index.ts': '',
  'node_modules/x/index.ts': '',
}

describe('finding modules', () => {
  let project: Project
  before(async () => {
    project = await Project.create(files)
  })
  after(() => project[Symbol.asyncDispose]())

  const found = async (...globs: string[]): Promise<string[]> =>
    (await findModules(globs, project.cwd)).map(({ name }) => name)
  const refused = async (...globs: string[]): Promise<string> => {
    const error: unknown = await findModules(globs, project.cwd).catch((error: unknown) => error)
    assert.ok(error instanceof BatonError)
    return error.format().replaceAll(project.cwd, '<cwd>')
  }

  it('accepts globs; returns each file once, sorted, without packages and declarations', async () => {
    assert.deepEqual(await found('test/modules/**/*.{ts,mjs}', './test/**/a.ts', 'test/modules/a.ts'), [
      'test/modules/[odd] (name).ts',
      'test/modules/a.ts',
      'test/modules/b.ts',
      'test/modules/deep/c.mjs',
    ])
  })

  it('accepts files by name, with any characters, and absolute paths', async () => {
    assert.deepEqual(await found('test/modules/[odd] (name).ts'), ['test/modules/[odd] (name).ts'])
    assert.deepEqual(await found(project.path('test/modules/b.ts'), './test/modules/a.ts'), [
      'test/modules/a.ts',
      'test/modules/b.ts',
    ])
    assert.deepEqual(await found(`${project.cwd}/test/modules/?.ts`), ['test/modules/a.ts', 'test/modules/b.ts'])
  })

  it('accepts folders and exclusions', async () => {
    assert.deepEqual(await found('test/modules/deep'), ['test/modules/deep/c.mjs'])
    assert.deepEqual(await found('test', '!**/deep/**', '!**/\\[odd*'), ['test/modules/a.ts', 'test/modules/b.ts'])
    assert.deepEqual(await found('test/modules/a.ts', 'test/modules/b.ts', '!**/a.ts'), ['test/modules/b.ts'])
    assert.deepEqual(await found('test/modules', '!test/modules/a.ts', '!**/deep/**', '!**/\\[odd*'), [
      'test/modules/b.ts',
    ])
  })

  it('takes a link for the file that it leads to, once', async () => {
    await using linked = await Project.create({ 'real/a.ts': '', 'links/b.ts': '' })
    await symlink('../real/a.ts', linked.path('links/first.ts'))
    await symlink('../real/a.ts', linked.path('links/second.ts'))
    await symlink('../real', linked.path('links/folder'))
    const found = await findModules(['links/**/*.ts', 'links/first.ts'], linked.cwd)
    assert.deepEqual(
      found.map(({ name }) => name),
      ['links/b.ts', 'real/a.ts'],
    )
  })

  it('suggests a path if nothing matches', async () => {
    assert.equal(
      await refused('tests/modules/**/*.ts'),
      "BATON_NO_MODULES: no module matches 'tests/modules/**/*.ts'.\nHINT: did you mean 'test'?",
    )
    assert.equal(
      await refused('test/modules/aa.ts', 'test/modules/b.ts'),
      "BATON_NO_MODULES: no module matches 'test/modules/aa.ts'.\nHINT: did you mean 'test/modules/a.ts'?",
    )
    assert.equal(
      await refused('test/modules/*.spec.ts', '*.js'),
      "BATON_NO_MODULES: no module matches 'test/modules/*.spec.ts', '*.js'.\n" +
        "HINT: test/modules exists, but nothing in it matches; quote globs so that the shell doesn't expand them",
    )
    assert.equal(
      await refused('test\\modules\\a.ts'),
      "BATON_NO_MODULES: no module matches 'test\\modules\\a.ts'.\n" +
        "HINT: did you mean 'test/modules/a.ts'? A \\ in a glob escapes the next character",
    )
    assert.match(await refused('something/else/**'), /HINT: something\/else does not exist in <cwd>$/)
    assert.match(await refused(), /BATON_NO_MODULES/)
  })
})
