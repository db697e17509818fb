import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import * as fc from 'fast-check'
import type { TraceCommand, TraceEntry } from '../../../../src/event/trace.js'
import { formatCtrf } from '../../../../src/report/export/ctrf.js'
import { FinishedRun } from '../../../../src/report/export/finished-run.js'
import { screenText } from '../../../../src/report/export/screen-text.js'
import { formatTranscript } from '../../../../src/report/export/transcript.js'
import { exitCodeFor, formatError } from '../../../../src/error/format-error.js'
import { writeExports } from '../../../../src/report/export/write-exports.js'
import { parseReporterRequest } from '../../../../src/report/reporter-request.js'
import { faultsOfCtrf } from '../../../support/report-schemas.js'
import { startedAt, Story } from '../../../unit/report/events.js'
import { silent, storyOf, traceOf, tracePath, withRun } from './a-run.js'

const error = { name: 'Error', message: 'not there', place: 'test/m.ts:7:3' }
const at = (ms: number): number => startedAt + ms
const command = (change: Partial<TraceCommand>): TraceCommand => {
  const base = {
    type: 'command',
    branch: '',
    role: 'alice',
    called: 'click',
    call: 1,
    command: 'elementClick',
  } as const
  return { ...base, start: at(1), end: at(2), ...change }
}
const entries: TraceEntry[] = [
  { type: 'test', title: ['chat', 'fails'], role: 'alice', at: at(0) },
  command({ called: '$', command: 'findElement', selector: '#send', result: '1 found' }),
  command({ call: 2, selector: '#send', place: 'test/m.ts:5:3', start: at(20) }),
  { type: 'pass', branch: '', role: 'bob', from: 'alice', at: at(30) },
  command({
    call: 3,
    role: 'bob',
    called: 'toHaveText',
    command: 'getElementText',
    selector: 'p',
    result: 'Hello',
    start: at(40),
  }),
  { type: 'wait', branch: 'bob', role: 'bob', on: 'barrier', name: 'ready', for: ['alice'], start: at(50) },
]

const story = (trace = true): Story =>
  storyOf(
    error,
    attempt => {
      attempt.artifact('alice', 'fails')
      attempt.test('fails', { state: 'failed', error }).test('passes').test('is skipped', { state: 'pending' })
    },
    trace,
  )

describe('--reporter', () => {
  it('names a report, and a file for it', () => {
    const parse = (text: string) => parseReporterRequest(text, () => undefined)
    assert.deepEqual(parse('ctrf'), { name: 'ctrf' })
    assert.deepEqual(parse('junit=a=b.xml'), { name: 'junit', file: 'a=b.xml' })
    assert.deepEqual(parse('ctfr'), { problem: "expected 'ctrf', found 'ctfr'" })
    assert.deepEqual(parse('ctrf='), { problem: "expected a file after 'ctrf=', found nothing" })
    assert.deepEqual(parse('console=a'), { problem: 'console prints, and takes no file' })
  })

  it('lets others read what is written outside of the report', async () => {
    await withRun(story(), {}, async run => {
      const outside = path.join(run.directory, 'outside')
      const before = process.umask(0o022)
      try {
        await writeExports([{ name: 'transcript' }, { name: 'transcript', file: outside }], run, silent)
      } finally {
        process.umask(before)
      }
      const modeOf = async (folder: string) => (await stat(path.join(folder, 'test-m.ts.md'))).mode & 0o777
      assert.equal(await modeOf(outside), 0o644)
      assert.equal(await modeOf(path.join(run.directory, 'transcripts')), 0o600)
    })
  })

  it("that can't be written is an error, and the others are written", async function () {
    if (process.platform !== 'linux') this.skip()
    await withRun(story(), {}, async run => {
      const copy = path.join(run.directory, 'copy.json')
      const requests = [
        ...(['ctrf', 'html'] as const).map(name => ({ name, file: '/dev/full' })),
        { name: 'json', file: copy } as const,
      ]
      const problem = await writeExports(requests, run, silent).catch((error: unknown) => error)
      assert.match(
        formatError(problem),
        /BATON_WRITE_FAILED: \/dev\/full: the report 'ctrf' cannot be written: the disk is full[^]*'html'/,
      )
      assert.equal(exitCodeFor(problem), 3)
      assert.deepEqual(JSON.parse(await readFile(copy, 'utf8')), run.record)
    })
  })

  it("whose path can't be used is an error with exit code 3", async () => {
    await withRun(story(), {}, async run => {
      const inside = (...names: string[]): string => path.join(run.directory, ...names)
      await mkdir(inside('folder'))
      await writeFile(inside('file'), '')
      await symlink('loop', inside('loop'))
      const files = {
        EISDIR: inside('folder'),
        EEXIST: inside('file', 'ctrf.json'),
        ENOTDIR: inside('file', 'below', 'ctrf.json'),
        ENAMETOOLONG: inside('x'.repeat(300)),
        ELOOP: inside('loop', 'below', 'ctrf.json'),
      }
      for (const [code, file] of Object.entries(files)) {
        const problem = await writeExports([{ name: 'ctrf', file }], run, silent).catch((error: unknown) => error)
        assert.match(
          formatError(problem),
          new RegExp(`BATON_WRITE_FAILED: .*'ctrf' cannot be written: .*\\(${code}\\)`),
        )
        assert.equal(exitCodeFor(problem), 3)
      }
    })
  })

  it('that fails is reported, and the others are written', async () => {
    await withRun(story(), { [tracePath]: traceOf(...entries) }, async run => {
      const warnings: string[] = []
      const inTheWay = path.join(run.directory, 'taken')
      await mkdir(path.join(inTheWay, 'ctrf.json'), { recursive: true })
      const requests = [
        { name: 'ctrf', file: path.join(inTheWay, 'ctrf.json', '..', '\0') },
        { name: 'transcript' },
        { name: 'json', file: path.join(run.directory, 'copy.json') },
      ] as const
      await writeExports(requests, run, { ...silent, warn: line => warnings.push(line) })
      assert.match(warnings.join('\n'), /^the report 'ctrf' could not be written: .+$/)
      assert.deepEqual((await readdir(path.join(run.directory, 'transcripts'))).sort(), [
        'test-flaky.ts.md',
        'test-lost.ts.md',
        'test-m.ts.md',
      ])
      assert.deepEqual(JSON.parse(await readFile(path.join(run.directory, 'copy.json'), 'utf8')), run.record)
    })
  })
})

describe('a CTRF report', () => {
  it('follows the schema, with steps, attachments, flaky and lost tests', async () => {
    await withRun(story(), { [tracePath]: traceOf(...entries) }, async run => {
      const text = await formatCtrf(run)
      assert.deepEqual(faultsOfCtrf(text), [])
      const { results } = JSON.parse(text) as { results: { summary: object; tests: Record<string, unknown>[] } }
      assert.deepEqual(
        results.tests.map(({ name, status, flaky }) => [name, status, flaky]),
        [
          ['fails', 'failed', undefined],
          ['passes', 'passed', undefined],
          ['is skipped', 'skipped', undefined],
          ['falters', 'passed', true],
          ['(module)', 'other', undefined],
        ],
      )
      assert.deepEqual(results.tests[0]?.['steps'], [
        { name: 'alice: click() on #send', status: 'passed' },
        { name: 'bob: takes the baton from alice', status: 'passed' },
        { name: 'bob: toHaveText() on p → Hello', status: 'passed' },
        { name: "bob: waits at barrier 'ready' for alice", status: 'other' },
      ])
    })
  })

  it('follows the schema whatever the titles and messages are', () =>
    fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), async (title, message) => {
        const made = new Story().start('m')
        made
          .attempt('m')
          .test(title, { state: 'failed', error: { name: '', message } })
          .end('failed')
        made.end('m', 'failed', { lease: 'm-1' })
        const run = new FinishedRun(made.record(), 'no-folder')
        assert.deepEqual(faultsOfCtrf(await formatCtrf(run)), [])
      }),
      { numRuns: 20 },
    ))
})

describe('a transcript', () => {
  const transcriptOf = (made: Story, files: Record<string, string>): Promise<string> =>
    withRun(made, files, async run => {
      const [module] = run.record.modules
      assert.ok(module)
      return formatTranscript(run, module)
    })

  it('says what failed, who did what in which order, and what the screens said', async () => {
    const source = 'artifacts/m/1/fails/bob-source.html'
    const made = new Story().start('m')
    const attempt = made.attempt('m', 1, { alice: 'pixel-8', bob: 'bob' })
    const of = { attempt: 1, role: 'bob', device: 'bob', name: 'a', bytes: 9 } as const
    made.add({ type: 'artifact', ...of, kind: 'source', path: source, title: ['chat', 'fails'], ...attempt.ref })
    attempt.test('fails', { state: 'failed', error })
    made.add({ type: 'artifact', ...of, kind: 'trace', path: tracePath, ...attempt.ref })
    attempt.end('failed')
    made.end('m', 'failed', { lease: 'm-1' })
    const files = { [tracePath]: traceOf(...entries), [source]: '<p>Hello <b>Bob</b></p><script>no</script>' }
    const text = await transcriptOf(made, files)
    assert.match(text, /^# test\/m\.ts: failed\n/)
    assert.match(text, /- Roles: alice on pixel-8, bob\n/)
    assert.match(text, /## Failed test: chat › fails\n\n```text\n.*Error: not there\nat test\/m\.ts:7:3\n```/s)
    const steps = [
      String.raw` \+0\.00 s  --- chat › fails`,
      String.raw` \+0\.02 s  alice  click\(\) on #send  \(test/m\.ts:5:3\)`,
      String.raw` \+0\.03 s  bob    takes the baton from alice`,
      String.raw` \+0\.04 s  bob    toHaveText\(\) on p → Hello`,
      String.raw` \+0\.05 s  bob    waits at barrier 'ready' for alice \[not ended\]`,
    ]
    assert.match(text, new RegExp(steps.join('\n *')))
    assert.match(text, /## What the screens said\n\n```text\nbob: Hello Bob\n```/)
  })

  it('has at most 200 lines, and keeps the last steps', async () => {
    const many = Array.from({ length: 1_000 }, (_, call) => command({ call, selector: `#s${call}`, start: at(call) }))
    const [start] = entries
    assert.ok(start)
    const text = await transcriptOf(story(), { [tracePath]: traceOf(start, ...many) })
    assert.ok(text.trimEnd().split('\n').length <= 200)
    assert.match(text, /click\(\) on #s999/)
    assert.match(text, /\d+ earlier entries are left out\./)
  })

  it('stays one document whatever a test prints', async () => {
    const made = new Story().start('m')
    made
      .attempt('m')
      .log('```\n# not a heading\n<img src=x>')
      .test('<img src=x onerror=1> [a](b)', { state: 'failed', error: { name: 'Error', message: '````\n\u001B[31m' } })
      .end('failed')
    made.end('m', 'failed', { lease: 'm-1' })
    const text = await transcriptOf(made, {})
    assert.match(text, /## Failed test: chat › \\<img src=x onerror=1\\> \\\[a\\\]\(b\)/)
    assert.match(text, /`````text\n.*Error: ````\n/s)
    assert.ok(!text.includes('\u001B'))
  })
})

describe('the text of a screen', () => {
  it('is that of a page, or of an app', () => {
    assert.equal(screenText('<head><title>x</title></head><p>a &amp; b</p><style>c{}</style><p>d'), 'a & b d')
    assert.equal(screenText('<?xml?><hierarchy><n text="Hi"/><n content-desc="Send"/></hierarchy>'), 'Hi | Send')
  })
})
