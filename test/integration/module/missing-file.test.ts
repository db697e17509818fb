import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { explainMissingFile } from '../../../src/module/missing-file.js'
import { execute, loadOne, Project } from './project.js'

describe('files that were not sent with a module', () => {
  const ways: Record<string, string> = {
    'fs.readFileSync': `import fs from 'node:fs'; fs.readFileSync(new URL(at('fixtures/x.png'), import.meta.url))`,
    'fs.promises': `import fs from 'node:fs/promises'; await fs.readFile(__dirname + at('/fixtures/x.png'))`,
    createReadStream: `
      import fs from 'node:fs'; import { once } from 'node:events'
      await once(fs.createReadStream(import.meta.dirname + at('/fixtures/x.png')), 'open')`,
    require: `module.createRequire(import.meta.url)('./fixtures/' + at('x.png')); import module from 'node:module'`,
    import: `await import(new URL(at('fixtures/x.png'), import.meta.url).href)`,
  }
  for (const [way, text] of Object.entries(ways)) {
    it(`are reported with what to add, if read with ${way}`, async () => {
      const at = 'const at = (name: string) => name'
      const loaded = await loadOne({ 'test/chat.ts': `${at}; ${text}`, 'test/fixtures/x.png': '' })
      await using host = await Project.create({})
      const module = { ...loaded.bundle, directory: host.cwd }
      await assert.rejects(
        execute(loaded, host.cwd).catch((error: unknown) => {
          throw explainMissingFile(error, module)
        }),
        {
          code: 'BATON_FILE_NOT_SHIPPED',
          message: `'fixtures/x.png' was not sent with the module.`,
          hint: 'add "fixtures/x.png" to export const files in test/chat.ts',
        },
      )
    })
  }

  it('are distinguished from files that a module writes, and from files that the project lacks', async () => {
    await using host = await Project.create({})
    const module = { file: 'test/chat.ts', directory: host.cwd, base: '', unsent: ['data/a.json'] }
    const explained = (error: object, complete = true): { message: string; hint?: string } =>
      explainMissingFile(Object.assign(new Error('no'), error), { ...module, unsentComplete: complete }) as never
    const path = join(host.cwd, 'data/x.json')
    const missing = { code: 'ENOENT', syscall: 'open', path }
    assert.equal(explained(missing).message, 'no')
    assert.equal(explained({ ...missing, syscall: 'mkdir' }, false).message, 'no')
    assert.equal(
      explained(missing, false).hint,
      'if the project has it, add "../data/x.json" to export const files in test/chat.ts',
    )
    const folder = explained({ ...missing, syscall: 'scandir', path: join(host.cwd, 'data') })
    assert.equal(folder.hint, 'add "../data/**" to export const files in test/chat.ts')
    const typed = new Error('invalid argument: File not found : data/a.json\n  (Session info: chrome=1)')
    assert.deepEqual(
      (explainMissingFile(typed, module) as { hint?: string }).hint,
      "write an absolute path: path.resolve('data/a.json')",
    )
    const foreign = new Error('invalid argument: File not found : /home/me/a.json')
    assert.match(
      (explainMissingFile(foreign, module) as { hint: string }).hint,
      /a path of another machine means nothing/,
    )
    const page = new Error(`net::ERR_FILE_NOT_FOUND at file://${host.cwd}/data/a.json?x#y`)
    assert.equal((explainMissingFile(page, module) as Error).message, "'../data/a.json' was not sent with the module.")
  })

  it('leave other errors as they are', async () => {
    await using host = await Project.create({})
    const module = { file: 'chat.ts', directory: host.cwd, base: '' }
    const elsewhere: unknown = await readFile(join(host.cwd, '../nowhere-at-all')).catch((error: unknown) => error)
    for (const error of [elsewhere, new Error('other'), 'text', undefined]) {
      assert.equal(explainMissingFile(error, module), error)
    }
  })
})
