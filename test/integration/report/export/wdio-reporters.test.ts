import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { DOMParser } from '@xmldom/xmldom'
import type { FinishedRun } from '../../../../src/report/export/finished-run.js'
import { writeExports } from '../../../../src/report/export/write-exports.js'
import { parseReporterRequest, type ReporterRequest } from '../../../../src/report/reporter-request.js'
import { findWdioReporter } from '../../../../src/report/wdio/find-wdio-reporter.js'
import { startedAt, type Story } from '../../../unit/report/events.js'
import { readByAllure } from '../../../support/report-readers.js'
import { silent, storyOf, traceOf, tracePath, withRun } from './a-run.js'

const error = {
  name: 'AssertionError',
  message: 'not there',
  expected: 'Hi',
  actual: 'Ho',
  stack: 'AssertionError: not there\n    at test/m.ts:7:3',
}

const story = (): Story =>
  storyOf(error, attempt => {
    attempt.test('passes').test('fails', { state: 'failed', error }).test('is skipped', { state: 'pending' })
    attempt.test('wavers', { state: 'failed', error, willRetry: true }).test('wavers', { retry: 1 })
  })

const trace = traceOf({
  type: 'command',
  branch: '',
  role: 'alice',
  called: 'click',
  call: 1,
  command: 'elementClick',
  selector: '#send',
  // While its test, `passes`, runs.
  start: startedAt + 270,
  end: startedAt + 280,
})

/** What reporters print and warn about. */
async function report(
  run: FinishedRun,
  requests: readonly ReporterRequest[],
  deadlineMs?: number,
): Promise<{ printed: string; warnings: string[] }> {
  const printed: string[] = []
  const warnings: string[] = []
  const output = { ...silent, print: (line: string) => printed.push(line), warn: (line: string) => warnings.push(line) }
  await writeExports(requests, run, output, deadlineMs)
  return { printed: printed.join('\n'), warnings }
}

async function withReporter<T>(code: string, use: (run: FinishedRun, module: string) => Promise<T>): Promise<T> {
  return withRun(story(), { [tracePath]: trace, 'reporter.mjs': code }, async run =>
    use(run, path.join(run.directory, 'reporter.mjs')),
  )
}

describe('a reporter of WebdriverIO', () => {
  it('is found by its name, as WebdriverIO does', () => {
    const find = (name: string) => findWdioReporter(name, process.cwd())
    const parse = (text: string) => parseReporterRequest(text, find)
    assert.deepEqual(parse('spec'), { name: 'wdio', module: '@wdio/spec-reporter' })
    assert.deepEqual(parse('@wdio/junit-reporter=results'), {
      name: 'wdio',
      module: '@wdio/junit-reporter',
      outputDir: 'results',
    })
    assert.deepEqual(parse('@wdio/spec-reporter=spec.txt'), {
      name: 'wdio',
      module: '@wdio/spec-reporter',
      file: 'spec.txt',
    })
    assert.deepEqual(parse('spec={"onlyFailures":true}'), {
      name: 'wdio',
      module: '@wdio/spec-reporter',
      options: { onlyFailures: true },
    })
    assert.match(
      (parse('@wdio/unknown-reporter') as { problem: string }).problem,
      /WebdriverIO reporter in this project/,
    )
    // A package, but not a reporter.
    assert.ok('problem' in parse('mocha'))
    assert.ok('problem' in parse('../..'))
    assert.ok('problem' in parse('spec={'))
  })

  it('spec prints every test with its duration, its devices and its error', async () => {
    await withRun(story(), { [tracePath]: trace }, async run => {
      const { printed, warnings } = await report(run, [{ name: 'wdio', module: '@wdio/spec-reporter' }])
      assert.deepEqual(warnings, [])
      assert.match(printed, /^\[alice on pixel-8, bob.* #0-0\] Running: alice on pixel-8, bob/m)
      assert.match(printed, /#0-0\] +✓ passes\n/)
      assert.match(printed, /#0-0\] +✖ fails\n/)
      assert.match(printed, /#0-0\] +- is skipped\n/)
      assert.match(printed, /#0-0\] +✓ wavers \(1x retries\)\n/)
      assert.match(printed, /#0-0\] 2 passing \(1\.2s\)/)
      assert.match(printed, /#0-0\] 1 failing/)
      assert.match(printed, /#0-0\] AssertionError: not there|#0-0\] not there/)
      assert.match(printed, /#0-1\] +✖ falters\n[^]*#0-1\] +✓ falters\n/)
      assert.match(printed, /#0-2\] +✖ \(module\)\n[^]*lost: no device/)
    })
  })

  it('junit writes a file for each module, with commands and their devices', async () => {
    await withRun(story(), { [tracePath]: trace }, async run => {
      const outputDir = path.join(run.directory, 'out')
      const options = { outputFileFormat: 'results-[cid].xml' }
      const request = { name: 'wdio', module: '@wdio/junit-reporter', outputDir, options } as const
      assert.deepEqual((await report(run, [request])).warnings, [])
      assert.deepEqual((await readdir(outputDir)).sort(), ['results-0-0.xml', 'results-0-1.xml', 'results-0-2.xml'])
      const xml = await readFile(path.join(outputDir, 'results-0-0.xml'), 'utf8')
      const document = new DOMParser().parseFromString(xml, 'application/xml')
      const cases = Array.from(document.getElementsByTagName('testcase'))
      const failed = cases.filter(test => test.getElementsByTagName('failure').length > 0)
      assert.deepEqual(
        failed.map(test => test.getAttribute('name')),
        ['fails'],
      )
      assert.match(xml, /aliceonpixel-8,bob/)
      assert.match(xml, /COMMAND: elementClick \[alice\].*alice on pixel-8.*#send/)
      // A module that never started has no time of its own.
      assert.doesNotMatch(await readFile(path.join(outputDir, 'results-0-2.xml'), 'utf8'), /1970/)
      // What counts is the last try.
      assert.doesNotMatch(await readFile(path.join(outputDir, 'results-0-1.xml'), 'utf8'), /<failure/)
    })
  })

  it('allure writes results that Allure reads, with devices, retries and errors', async () => {
    await withRun(story(), { [tracePath]: trace }, async run => {
      const outputDir = path.join(run.directory, 'allure')
      const request = { name: 'wdio', module: '@wdio/allure-reporter', outputDir, options: { outputDir } } as const
      assert.deepEqual((await report(run, [request])).warnings, [])
      const results = await readByAllure(outputDir, '1 failed (16.66% of all tests)\n1 broken')
      assert.deepEqual(
        results.map(({ name, status, isRetry }) => [name, status, isRetry]),
        [
          ['(module)', 'broken', false],
          ['passes', 'passed', false],
          ['fails', 'failed', false],
          ['is skipped', 'skipped', false],
          ['wavers', 'failed', true],
          ['wavers', 'passed', false],
          ['falters', 'failed', true],
          ['falters', 'passed', false],
        ],
      )
      assert.equal(results[1]?.steps.length, 1)
    })
  })

  it('gets events in order, at their own time', async () => {
    const code = `export default class {
      constructor({ writeStream }) { this.out = writeStream; this.isSynchronised = false }
      emit(name, { title = '', cid }) {
        if (cid !== '0-0') return
        this.out.write(name + ' ' + title + ' ' + (Date.now() - ${startedAt}) + '\\n')
        if (name === 'runner:end') setTimeout(() => { this.isSynchronised = true; this.out.write('sent') }, 50)
      }
      get isSynchronised() { return this.done ?? true }
      set isSynchronised(value) { this.done = value }
    }`
    await withReporter(code, async (run, module) => {
      const file = path.join(run.directory, 'printed.txt')
      // Only of the runner that ends.
      const { modules } = run.record
      modules.splice(1)
      assert.deepEqual(await report(run, [{ name: 'wdio', module, file }]), { printed: '', warnings: [] })
      const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
      assert.deepEqual(
        lines.slice(0, 6).map(line => line.replace(/ \d+$/, '')),
        [
          'runner:start ',
          'suite:start chat',
          'test:start passes',
          'client:beforeCommand ',
          'client:afterCommand ',
          'test:pass passes',
        ],
      )
      assert.deepEqual(
        lines.slice(-3).map(line => line.replace(/ \d+$/, '')),
        ['suite:end chat', 'runner:end ', 'sent'],
      )
      const times = lines.slice(0, -1).map(line => Number(line.split(' ').at(-1)))
      assert.deepEqual(
        times,
        times.toSorted((one, other) => one - other),
      )
    })
  })

  it('writes the last attempt of a module over those before, however late their file is opened', async () => {
    const code = `import fs from 'node:fs'
    let opened = 0
    const open = (...args) => void setTimeout(() => fs.open(...args), opened++ === 0 ? 200 : 0)
    export default class {
      constructor({ logFile }) { this.outputStream = fs.createWriteStream(logFile, { fs: { ...fs, open } }) }
      emit(name) { if (name === 'test:pass' || name === 'test:fail') this.outputStream.write(name) }
    }`
    await withReporter(code, async (run, module) => {
      const { modules } = run.record
      modules.splice(0, modules.length, ...modules.filter(({ verdict }) => verdict === 'flaky'))
      const outputDir = path.join(run.directory, 'out')
      const options = { outputFileFormat: 'attempt.txt' }
      assert.deepEqual((await report(run, [{ name: 'wdio', module, outputDir, options }])).warnings, [])
      assert.equal(await readFile(path.join(outputDir, 'attempt.txt'), 'utf8'), 'test:pass')
    })
  })

  it('that hangs is killed', async () => {
    await withReporter('export default class { emit() { for (;;) {} } }', async (run, module) => {
      const { warnings } = await report(run, [{ name: 'wdio', module }], 500)
      assert.match(warnings.join('\n'), /^the report '.*' could not be written: it took longer than 0\.5 s$/)
    })
  })

  it('that throws or ends its process harms nothing else', async () => {
    const inEmit = (code: string) => `export default class { emit(name) { ${code} } }`
    const kinds: [code: string, expected: RegExp][] = [
      [inEmit("throw new Error('no ' + name)"), /^the reporter '.*': it threw at test:pass: no test:pass$/m],
      [
        `export default class {
          isSynchronised = false
          emit() { setTimeout(() => { this.isSynchronised = true; throw new Error('later') }) }
        }`,
        /it threw: later$/m,
      ],
      [inEmit('process.exit(3)'), /could not be written: its process ended with code 3$/m],
      ['export default class { constructor() { throw new Error("first") } }', /: first$/m],
      ['export default 1', /expected a default export that is a class/],
      ['import "not-installed"', /Cannot find package 'not-installed'/],
    ]
    await withReporter('', async run => {
      const folder = path.join(run.directory, 'reporters')
      await mkdir(folder)
      const modules = await Promise.all(
        kinds.map(async ([code], index) => {
          const module = path.join(folder, `${index}.mjs`)
          await writeFile(module, code)
          return module
        }),
      )
      const requests: ReporterRequest[] = modules.map(module => ({ name: 'wdio', module }))
      const { warnings } = await report(run, [...requests, { name: 'ctrf' }])
      for (const [index, [, expected]] of kinds.entries()) {
        const own = warnings.filter(line => line.includes(`${index}.mjs`)).join('\n')
        assert.match(own, expected)
      }
      assert.ok((await readdir(run.directory)).includes('ctrf.json'))
    })
  })
})
