import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
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
        assert.deepEqual(await compile(`--noEmit --strict --skipLibCheck ${options}`), { exitCode: 0, output: '' })
      })
    }
  }

  it('have no mistakes of their own if those of libraries are checked', async () => {
    const { exitCode, output } = await compile('--noEmit --strict --skipLibCheck false --module nodenext')
    // Those of libraries.
    assert.equal(exitCode, 1, output)
    assert.deepEqual(
      output.split('\n').filter(line => /error TS/.test(line) && !line.includes('node_modules')),
      [],
    )
  })

  async function compile(options: string): Promise<{ exitCode: number | null; output: string }> {
    const args = [
      packageFile('node_modules', 'typescript', 'bin', 'tsc'),
      ...options.split(' '),
      'first.ts',
      'mistakes.ts',
    ]
    const compiler = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    compiler.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    const [exitCode] = (await once(compiler, 'close')) as [number | null]
    return { exitCode, output }
  }
})
