import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { moduleFile } from '../../../src/module/module-file.js'
import { loadModules } from '../../../src/module/load-modules.js'
import type { RunModule } from '../../../src/script/worker-messages.js'
import { outputOf, TestFarm } from './farm.js'

/** Columns are those of TypeScript: what is told to people must be what their editor shows. */
const sources = {
  'chat.ts': `import { $, expect } from '@wdio/globals'
import { useDevice } from 'baton'
import { toBob } from './help/pass.js'

interface Phone { who: string }

describe('chat', () => {
  it('fails at its place', async () => {
    const phone: Phone = { who: 'nobody' }
    await toBob()
    await expect($('#who')).toHaveText(phone.who, { wait: 0 })
  })
  it('names no role', () => useDevice('bobb') as Promise<unknown>)
  it('knows where it is', () => console.log(import.meta.url))
})
`,
  'help/pass.ts': `import { useDevice } from 'baton'

export async function toBob(): Promise<void> {
  await useDevice('bob')
}
`,
  'early.ts': `import { $ } from '@wdio/globals'
type Unused = string
export const title = $('#title')
it('never runs', () => {})
`,
  'only.ts': `type Unused = string
it.only('left', () => {})
`,
}

describe('places in a bundled module', () => {
  let farm: TestFarm
  let directory: string
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'baton-places-'))
    await mkdir(path.join(directory, 'help'))
    for (const [name, text] of Object.entries(sources)) await writeFile(path.join(directory, name), text)
    farm = await TestFarm.start()
  })
  after(async () => {
    await farm.close()
    await rm(directory, { recursive: true, force: true })
  })

  async function bundled(file: string): Promise<RunModule['module']> {
    const { modules } = await loadModules({ files: [moduleFile(file, directory)], cwd: directory })
    const [loaded] = modules
    assert.ok(loaded)
    const { code, sourceMap, base } = loaded.bundle
    return { id: `bundle-${file}`, file, code, sourceMap, directory, base }
  }

  it('are those of the source: in stacks, baton passes and errors', async () => {
    const result = await farm.run('', { module: await bundled('chat.ts') })
    const [fails, unknown] = result.events.flatMap(event => (event.type === 'test:end' && event.error ? [event] : []))
    assert.match(fails?.error?.stack ?? '', /[ (]chat\.ts:11:\d+/)
    assert.deepEqual(
      fails?.trail?.map(({ role, place }) => [role, place?.replace(/:\d+$/, '')]),
      [
        ['alice', 'chat.ts:8'],
        ['bob', 'help/pass.ts:4'],
      ],
    )
    assert.match(unknown?.error?.message ?? '', /^chat\.ts:13:\d+: useDevice\('bobb'\)/)
    assert.match(outputOf(result), new RegExp(`file://${directory}/chat.ts`))
    assert.deepEqual(result.report.counts, { passed: 1, failed: 2, pending: 0 })
  })

  it('are those of the source: for errors while it loads, and for .only', async () => {
    const early = await farm.run('', { module: await bundled('early.ts') })
    assert.match(early.report.error?.message ?? '', /^early\.ts:3:\d+: \$ was used while the module was loading/)
    const only = await farm.run('', { module: await bundled('only.ts'), mocha: { forbidOnly: true } })
    assert.match(only.report.error?.message ?? '', /^only\.ts:2:\d+: \.only/)
  })
})
