import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { firstTest } from '../../src/cli/init/starter-files.js'
import { packageFile } from '../../src/process/package-root.js'

const mistakes = `
import { $, browser, expect, network } from 'baton'
it('is checked', async () => {
  const title: string = await browser.getTitle()
  await expect($('h1')).toHaveText(title)
  await network('bob').offline()
  // @ts-expect-error a matcher is misspelt
  await expect($('h1')).toHaveTextt(title)
  // @ts-expect-error a command is misspelt
  await browser.getTitel()
})`

/** A project that has installed nothing but Baton, which is linked as pnpm does it. */
describe('the types of the package', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'baton-types-'))
    await mkdir(path.join(folder, 'node_modules'))
    await symlink(packageFile(), path.join(folder, 'node_modules', 'baton'))
    await writeFile(path.join(folder, 'first.ts'), firstTest({ driver: 'chromium', names: ['alice', 'bob'] }))
    await writeFile(path.join(folder, 'mistakes.ts'), mistakes)
  })
  after(() => rm(folder, { recursive: true }))

  for (const type of ['module', 'commonjs']) {
    for (const options of ['--module node16', '--module nodenext', '--module esnext --moduleResolution bundler']) {
      it(`work in a project of type ${type} with ${options}`, async () => {
        await writeFile(path.join(folder, 'package.json'), JSON.stringify({ type }))
        assert.equal(await compile(`--noEmit --strict --skipLibCheck ${options}`), '')
      })
    }
  }

  it('have no mistakes of their own if those of libraries are checked', async () => {
    const errors = (await compile('--noEmit --strict --skipLibCheck false --module nodenext')).split('\n')
    assert.deepEqual(
      errors.filter(line => /error TS/.test(line) && !line.includes('node_modules')),
      [],
    )
  })

  /** @returns what the compiler prints: nothing if there is no error */
  async function compile(options: string): Promise<string> {
    const args = [
      packageFile('node_modules', 'typescript', 'bin', 'tsc'),
      ...options.split(' '),
      'first.ts',
      'mistakes.ts',
    ]
    return new Promise(resolve => {
      execFile(process.execPath, args, { cwd: folder }, (_, stdout) => resolve(stdout))
    })
  }
})
