import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { RunRecord } from '../../src/report/run-record.js'
import { faultsOfJunit, faultsOfRunJson } from '../support/report-schemas.js'
import { fakeFarm, Project, type CliResult } from './baton-cli.js'

const record = (project: Project): RunRecord => JSON.parse(project.read('baton-report/latest/run.json')) as RunRecord

/** File → warnings of its module. */
function warnings(project: Project, file: string): string[] {
  const modules = record(project).modules.filter(module => module.file === file)
  return modules
    .flatMap(({ attempts }) => attempts.flatMap(attempt => attempt.warnings ?? []))
    .map(({ message }) => message)
}

describe('files that a module writes', () => {
  let project: Project
  let outside: string
  let result: CliResult
  before(async () => {
    outside = mkdtempSync(path.join(tmpdir(), 'baton-outside-'))
    project = new Project({
      'devices.json': fakeFarm('alice', 'bob'),
      'shots/.keep': '',
      'lib/steps.ts': `
        import fs from 'node:fs'
        export const files = ['counter.json', 'stale.json', 'gone.json']
        export const count = () => fs.writeFileSync(new URL('counter.json', import.meta.url), '{"n":2}')`,
      'lib/counter.json': '{"n":1}',
      'lib/stale.json': 'sent',
      'lib/gone.json': 'sent',
      'old.txt': 'of an earlier run',
      'log.txt': 'before\n',
      'data/a.json': '{}',
      '.env': 'TOKEN=t0ken-value',
      'modules/writes.ts': `
        import fs, { appendFileSync } from 'node:fs'
        import { appendFile, writeFile } from 'node:fs/promises'
        import { execFileSync } from 'node:child_process'
        import { once } from 'node:events'
        import path from 'node:path'
        import { browser } from '@wdio/globals'
        import { useDevice } from 'baton'
        import { count } from '../lib/steps.js'
        beforeEach(() => useDevice('alice'))
        it('writes', async () => {
          await browser.saveScreenshot('./shots/screen.png')
          await writeFile(new URL('beside.txt', import.meta.url), 'beside')
          fs.mkdirSync('made/deep', { recursive: true })
          const stream = fs.createWriteStream('made/deep/stream.txt')
          stream.end('stream')
          await once(stream, 'close')
          fs.writeFileSync('first.tmp', 'renamed')
          fs.renameSync('first.tmp', 'renamed.txt')
          fs.copyFileSync(path.join(import.meta.dirname, '../lib/stale.json'), 'copy.json')
          execFileSync('sh', ['-c', 'echo child > child.txt'])
          fs.writeFileSync('empty.txt', '')
          fs.writeFileSync('run.sh', '#!/bin/sh', { mode: 0o755 })
          fs.writeFileSync('old.txt', 'new')
          appendFileSync('log.txt', 'of writes\\n')
          fs.writeFileSync('shared.txt', 'same')
          count()
        })
        it('writes where it may not', () => {
          fs.writeFileSync('../../above.txt', 'above')
          fs.mkdirSync('out')
          fs.writeFileSync('out/escaped.txt', 'escaped')
          fs.mkdirSync('.git/hooks', { recursive: true })
          fs.writeFileSync('.git/hooks/post-checkout', 'evil')
          fs.writeFileSync('.env', 'evil')
          fs.symlinkSync('/etc/hostname', 'link')
          fs.writeFileSync(Buffer.from([...Buffer.from('not-text-'), 255]), 'x')
          for (let depth = 0; depth < 600; depth++) { fs.mkdirSync('deep-deep'); process.chdir('deep-deep') }
          process.chdir(import.meta.dirname + '/..')
          fs.mkdirSync('folder.txt')
          fs.writeFileSync('folder.txt/x', '')
          fs.rmSync(path.join(import.meta.dirname, '../lib/gone.json'))
        })
        const at = (name: string) => name
        it('looks for files', () => {
          try { fs.readFileSync('.env') } catch {}
          fs.existsSync(at('data/a.json'))
          fs.readdirSync(at('data'))
          fs.existsSync('nowhere.txt')
        })
        it('fails at a folder that is nowhere', () => fs.writeFileSync('nowhere/x.txt', ''))`,
      'modules/two-a.ts': `
        import fs from 'node:fs'
        import { useDevice } from 'baton'
        it('writes', async () => { await useDevice('alice'); fs.writeFileSync('shared.txt', 'same'); fs.writeFileSync('fought.txt', 'a'); fs.appendFileSync('log.txt', 'of a\\n') })`,
      'modules/two-b.ts': `
        import fs from 'node:fs'
        import { useDevice } from 'baton'
        it('writes', async () => { await useDevice('bob'); fs.writeFileSync('shared.txt', 'same'); fs.writeFileSync('fought.txt', 'b'); fs.appendFileSync('log.txt', 'of b\\n') })`,
      'modules/many.ts': `
        import fs from 'node:fs'
        import { useDevice } from 'baton'
        it('writes', async () => {
          await useDevice('bob')
          fs.mkdirSync('many')
          for (let n = 0; n < 1005; n++) fs.writeFileSync('many/' + n + '.txt', '')
          fs.mkdirSync('a-large')
          fs.truncateSync(fs.openSync('a-large/file.bin', 'w'), 70 * 2 ** 20)
        })`,
      'modules/attaches.ts': `
        import { attach, useDevice } from 'baton'
        it('attaches', async () => {
          await useDevice('alice')
          process.chdir('shots')
          await attach('note.txt', 'one')
          await attach('note.txt', 'two')
          await attach('cart.json', { items: 3 })
          await attach('bytes.bin', Buffer.from([0, 255]))
        })
        const wrong: [unknown, unknown, string][] = [
          ['a/b.txt', '', 'without folders'], ['..', '', 'begin with a dot'], ['', '', '1 to 100'], [7, '', 'found number'],
          ['x.json', undefined, 'found undefined'], ['big.json', { n: 1n }, "can't be written as JSON"],
        ]
        for (const [name, data, text] of wrong) {
          it('refuses ' + name, () => attach(name as string, data as string).then(
            () => { throw new Error('was accepted') },
            error => { if (error.code !== 'BATON_ATTACHMENT' || !error.message.includes(text)) throw error },
          ))
        }`,
      'modules/flaky.ts': `
        import fs from 'node:fs'
        import { useDevice } from 'baton'
        it('passes on the second try', async () => {
          await useDevice('bob')
          if (fs.existsSync('flaky.txt')) throw new Error('sees what another attempt wrote')
          fs.writeFileSync('flaky.txt', String(process.pid + Math.random()))
          fs.writeFileSync('marker.txt', process.env.MARKER + '')
          if (!fs.existsSync(process.env.MARKER + '')) { fs.writeFileSync(process.env.MARKER + '', ''); throw new Error('once') }
        })`,
    })
    symlinkSync(outside, path.join(project.directory, 'out'))
    const env = { MARKER: path.join(project.directory, 'tmp/marker') }
    result = await project.run(['run', 'modules', '--retries', '1', '--env', 'MARKER'], env)
  })
  after(() => {
    project.remove()
    rmSync(outside, { recursive: true })
  })

  it('are only in the report if it attaches them', () => {
    const module = record(project).modules.find(({ file }) => file === 'modules/attaches.ts')
    assert.equal(module?.verdict, 'passed', JSON.stringify(module?.attempts))
    const files = module.attempts.flatMap(attempt => attempt.files ?? [])
    const contents = files.map(({ name, change, place, path: at }) => {
      const content = project.read(`baton-report/latest/${at}`)
      return [name, change, place, at?.includes('/attachments/'), content]
    })
    assert.deepEqual(
      contents.toSorted((one, other) => String(one[0]).localeCompare(String(other[0]))),
      [
        ['bytes.bin', 'attached', 'report', true, '\0\ufffd'],
        ['cart.json', 'attached', 'report', true, '{\n  "items": 3\n}\n'],
        ['note-2.txt', 'attached', 'report', true, 'two'],
        ['note.txt', 'attached', 'report', true, 'one'],
      ],
    )
    assert.ok(!existsSync(path.join(project.directory, '.baton-attachments')))
  })

  it('come back to where it put them', () => {
    assert.match(project.read('shots/screen.png'), /^.PNG/)
    const texts = Object.fromEntries(
      [
        'modules/beside.txt',
        'made/deep/stream.txt',
        'renamed.txt',
        'copy.json',
        'child.txt',
        'empty.txt',
        'old.txt',
        'lib/counter.json',
        'shared.txt',
      ].map(name => [name, project.read(name)]),
    )
    assert.deepEqual(texts, {
      'modules/beside.txt': 'beside',
      'made/deep/stream.txt': 'stream',
      'renamed.txt': 'renamed',
      'copy.json': 'sent',
      'child.txt': 'child\n',
      'empty.txt': '',
      'old.txt': 'new',
      'lib/counter.json': '{"n":2}',
      'shared.txt': 'same',
    })
    assert.ok(!existsSync(path.join(project.directory, 'first.tmp')))
    assert.equal(statSync(path.join(project.directory, 'run.sh')).mode & 0o100, 0o100)
  })

  it('are appended to the file of the project, by all modules', () => {
    const lines = project.read('log.txt').trimEnd().split('\n')
    // The module that fails runs twice.
    assert.deepEqual(lines.toSorted(), ['before', 'of a', 'of b', 'of writes', 'of writes'])
  })

  it('never reach anything outside of the project, or what tools run', () => {
    assert.deepEqual(readdirSync(outside), [])
    const kept = readdirSync(path.join(project.directory, 'baton-report/latest/artifacts'), { recursive: true })
    assert.ok(!kept.some(name => /env/.test(String(name))))
    assert.ok(!existsSync(path.join(project.directory, '.git')))
    assert.ok(!existsSync(path.join(project.directory, '../above.txt')))
    assert.equal(project.read('.env'), 'TOKEN=t0ken-value')
    assert.equal(project.read('lib/gone.json'), 'sent')
    const reasons = new Set(warnings(project, 'modules/writes.ts'))
    for (const expected of [
      "'../../above.txt' is only in the report: it is outside of the project",
      "'out/escaped.txt' is only in the report: a link in its path leads out of the project",
      "'.env' is not in the project: .env files are never copied back",
      "'lib/gone.json' is still in the project: only the copy of the module was removed",
    ]) {
      assert.ok(reasons.has(expected), `${expected}\n${[...reasons].join('\n')}`)
    }
    assert.ok([...reasons].some(reason => /did not come back: 'link', 'not-text-\ufffd', 'deep-deep\/.*…/.test(reason)))
    assert.ok([...reasons].some(reason => /modules may not change such files/.test(reason)))
  })

  it('are kept in the report if another module wrote something else there', () => {
    const [kept] = [...warnings(project, 'modules/two-a.ts'), ...warnings(project, 'modules/two-b.ts')]
    const other = project.read('fought.txt') === 'a' ? 'a' : 'b'
    assert.equal(kept, `'fought.txt' is only in the report: modules/two-${other}.ts wrote different content to it`)
    const loser = other === 'a' ? 'b' : 'a'
    assert.equal(project.read(`baton-report/latest/artifacts/modules/two-${loser}.ts/1/files/fought.txt`), loser)
  })

  it('are limited, with a warning', () => {
    assert.deepEqual(warnings(project, 'modules/many.ts'), [
      'only the first 1000 files that the module wrote came back; there are 6 others',
      "'a-large/file.bin' is not in the project: 70 MB is over the limit of 64 MB for one file",
    ])
  })

  it('are those of the last attempt, which sees nothing of the one before', () => {
    assert.equal(record(project).modules.find(({ file }) => file === 'modules/flaky.ts')?.verdict, 'flaky')
  })

  it('are distinguished from files that it looks for and that were not sent', () => {
    const [first] = record(project).modules.filter(({ file }) => file === 'modules/writes.ts')
    const found = first?.attempts[0]?.warnings ?? []
    assert.deepEqual(
      found.filter(({ message }) => message.startsWith('the module')),
      [
        {
          message: "the module looked for 'data/a.json', which is in the project, but was not sent with it",
          hint: 'add "../data/a.json" to export const files in modules/writes.ts',
        },
        {
          message: "the module listed 'data', but not all files of that folder were sent with it",
          hint: 'add "../data/**" to export const files in modules/writes.ts',
        },
      ],
    )
    const failed = first?.attempts[0]?.tests.find(({ state }) => state === 'failed')
    assert.match(failed?.error?.message ?? '', /^ENOENT: no such file or directory, open 'nowhere\/x\.txt'/)
  })

  it('are in the summary and in valid reports', async () => {
    assert.match(result.stdout, /\nFiles {4}\d+ written to the project, \d+ kept in the report only\n/)
    assert.match(result.stdout, /\nwarning {2}modules\/writes\.ts: links, sockets/)
    assert.deepEqual(faultsOfRunJson(project.read('baton-report/latest/run.json')), [])
    assert.deepEqual(await faultsOfJunit(project.read('baton-report/latest/junit.xml')), [])
  })
})
