import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { RunEvent } from '../../../src/event/run-event.js'
import { createConsoleReporter } from '../../../src/report/console-reporter.js'
import { createJsonReporter } from '../../../src/report/json-reporter.js'
import { formatAnnotations } from '../../../src/report/github-annotations.js'
import { openEventLog, readEvents } from '../../../src/report/event-log.js'
import { formatJunit } from '../../../src/report/junit.js'
import type { Reporter } from '../../../src/report/reporter.js'
import { applyEvent, newRunState } from '../../../src/report/run-state.js'
import { faultsOfJunit, faultsOfRunJson } from '../../support/report-schemas.js'
import { failure, recordOfEvents, Story, trail } from './events.js'

const texts: Record<string, string> = {
  'control characters': Array.from({ length: 0xa0 }, (_, code) => String.fromCodePoint(code)).join(''),
  'ANSI sequences': '\u001B[2J\u001B[31mred\u001B[0m\u001B]0;title\u0007\u001B]8;;http://x\u001B\\link\u009B1A\r up',
  'ends of CDATA, comments and markup': ']]> --> <![CDATA[ <script>alert("1")</script> &amp; &#0; <!-- ?>',
  'lone surrogates': 'a\uD800b\uDC00c\uFFFE\uFFFF\uD83D',
  'turned writing': '\u202Egnp.exe\u2066\u2028\u2029',
  'a megabyte': 'long '.repeat(200_000),
  'a megabyte in lines': 'line\n'.repeat(200_000),
  'an attachment that is none': ']]\n[[ATTACHMENT|/etc/passwd]]',
  'commands for CI servers':
    '::error::a\n  ::set-output name=b::c\n\u001B[31m::add-mask::d\n##[error]e\n x ##vso[task.f]g ##TeamCity[h]',
  'an attachment in pieces': '[[ATTACH\u001B[0mMENT|/etc/passwd]] [[attachment|x]]',
  nothing: '',
  'names of objects': '__proto__',
}

/** The text wherever a text can stand; what names a file or a role is no longer than such names are. */
function storyOf(whole: string): Story {
  const text = whole.slice(0, 200)
  const story = new Story()
  const module = { id: text, file: text, firstRole: text, roles: { [text]: text } }
  story.add({ type: 'run:start', version: 1, run: text, modules: [module], options: { [text]: text } })
  story.add({ type: 'device:state', device: text, host: text, state: 'quarantined', reason: text })
  const error = {
    ...failure,
    name: text,
    message: whole,
    stack: whole,
    hint: text,
    expected: whole,
    actual: `${whole}!`,
  }
  const passes = [...trail, { role: text, device: text, place: text, at: 1 }]
  story
    .attempt(text, 1, { [text]: text })
    .log(whole)
    .log(whole, 'stderr')
    .artifact(text, text)
    .test(text, { title: [text, whole], state: 'failed', error: { ...error, device: text }, trail: passes })
    .test(text, { kind: 'hook', state: 'failed', error })
    .begin(text)
    .end('failed', { ...error, code: text })
  story.end(text, 'failed', { lease: `${text}-1` })
  story.end(`${text}?`, 'lost', { reasons: [text] })
  return story.add({ type: 'run:end', exitCode: 1, durationMs: 5, interrupted: text })
}

describe('texts that are made to break readers', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'baton-hostile-'))
  })
  after(() => rm(folder, { recursive: true }))

  for (const [what, text] of Object.entries(texts)) {
    describe(what, () => {
      const { events } = storyOf(text)
      const record = recordOfEvents(events)

      it('draw nothing on a terminal', () => {
        let shown = ''
        const write = (lines: string): void => void (shown += lines)
        const options = { write, color: false, verbose: true, cwd: '/', reportDirectory: 'baton-report/r1' }
        const reporter = createConsoleReporter(options)
        showAll(reporter, events)
        reporter.end(record)
        assert.deepEqual(shown.match(/[^\n\t\P{Cc}]|[\u2028\u2029\u202A-\u202E\u2066-\u2069]/u), null)
      })

      it('give no commands to a CI server', () => {
        let shown = ''
        const write = (lines: string): void => void (shown += lines)
        const options = { cwd: '/', workspace: '/', color: true, verbose: true }
        const console = createConsoleReporter({ ...options, write })
        const json = createJsonReporter({ write })
        for (const reporter of [console, json]) showAll(reporter, events)
        console.end(record)
        assert.deepEqual(stripVTControlCharacters(shown).match(/^\s*::.*|##(?:\[|vso|teamcity).*/gim), null)
        const annotations = formatAnnotations(record, options)
        for (const line of annotations) assert.match(line, /^::(?:error|warning) [^\n]*$/)
      })

      it('keep run.json valid, and are read back unchanged', () => {
        const json = JSON.stringify(record, undefined, 2)
        assert.deepEqual(faultsOfRunJson(json), [])
        assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(recordOfEvents(events))))
      })

      it('keep junit.xml valid for Jenkins, without attachments of their own', async () => {
        const xml = formatJunit(record, 'baton-report/r1')
        assert.deepEqual(xml.match(/[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u), null)
        assert.deepEqual(await faultsOfJunit(xml), [])
        const outputs = [...xml.matchAll(/<system-(?:out|err)>([^<]*)</g)].map(([, output = '']) => output)
        const attached = outputs.flatMap(output => output.match(/\[\[ATTACHMENT\|[^\n]*/gi) ?? [])
        assert(attached.length > 0)
        for (const line of attached)
          assert.match(line, /^\[\[ATTACHMENT\|baton-report\/r1\/(?:(?!\[\[attachment\||\]\]).)*\]\]$/i)
      })

      it('are one line of events.ndjson each, and are read back unchanged', async () => {
        const file = join(folder, `${what}.ndjson`)
        const log = openEventLog(file)
        log.append(events)
        log.close()
        const read: RunEvent[] = []
        for await (const event of readEvents(file, () => {})) read.push(event)
        assert.deepEqual(read, events)
      })
    })
  }

  it('never fill the screen with one message', () => {
    const { events } = storyOf('long '.repeat(200_000))
    let shown = ''
    const write = (lines: string): void => void (shown += lines)
    const reporter = createConsoleReporter({ write, color: false, verbose: false, cwd: '/' })
    showAll(
      reporter,
      events.filter(({ type }) => type !== 'log'),
    )
    reporter.end(recordOfEvents(events))
    assert.match(shown, /… \(990000 more characters\)/)
  })
})

/** Shows events as a run does: with what is known of it so far. */
function showAll(reporter: Reporter, events: readonly RunEvent[]): void {
  const state = newRunState()
  for (const event of events) {
    reporter.event(event, state, applyEvent(state, event))
  }
}
