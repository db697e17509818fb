import assert from 'node:assert/strict'
import type { ErrorRecord } from '../../../src/event/run-event.js'
import { formatJunit } from '../../../src/report/junit.js'
import { everyVerdict, failure, shown, Story, trail } from './events.js'

/** The first lines, up to the totals. */
const before = (text: string): string => text.slice(0, text.indexOf('\nModules'))

describe('the console reporter', () => {
  it('shows a module that passes in two lines, and the totals', () => {
    const story = new Story().start('chat')
    story.attempt('chat', 1, { alice: 'alice', customer: 'pixel-8' }).test('opens').log('quiet').end('passed')
    story.end('chat', 'passed', { lease: 'chat-1' }).add({ type: 'run:end', exitCode: 0, durationMs: 61_400 })
    assert.equal(
      shown(story, { reportDirectory: 'baton-report/r1' }),
      `1 module, run r1

start    test/chat.ts on alice, customer: pixel-8
passed   test/chat.ts  1 passed, 1.2 s

Modules  1 passed (1)
Tests    1 passed
Time     1 min 1 s
Report   baton-report/r1
`,
    )
  })

  it("shows when a plan's suites start and how they end, as it happens", () => {
    const module = (id: string, suite: string) => ({ id, file: `${id}.ts`, firstRole: 'a', roles: { a: '' }, suite })
    const modules = [module('1', 'log-in'), module('2', 'log-in'), module('3', 'calls'), module('4', 'chats')]
    const story = new Story().add({ type: 'run:start', version: 1, run: 'r1', modules, options: {} })
    story.attempt('1').end('passed')
    story.end('1', 'passed', { lease: '1-1' })
    story.attempt('3').end('passed')
    story.end('3', 'passed', { lease: '3-1' })
    story.attempt('2').end('failed')
    story.end('2', 'failed', { lease: '2-1' }).end('2', 'failed', { lease: '2-1' })
    story.end('4', 'not-run', { reasons: ["suite 'chats' needs suite 'log-in', which did not pass"] })
    const told = [
      'suite    log-in starts: 2 modules',
      'suite    calls starts: 1 module',
      'suite    calls passed: 1 passed',
      'suite    log-in failed: 1 passed, 1 failed',
      "suite    chats was not run: suite 'chats' needs suite 'log-in', which did not pass",
    ]
    const lines = shown(story).split('\n')
    assert.deepEqual(
      lines.filter(line => line.startsWith('suite')),
      told,
    )
    assert.ok(lines.indexOf('suite    log-in starts: 2 modules') < lines.indexOf('start    log-in › 1.ts on alice'))
    const brief = shown(story, { brief: true }).split('\n')
    assert.deepEqual(
      brief.filter(line => line.startsWith('suite')),
      told,
    )
  })

  it('shows where the other branches were', () => {
    const branches = [
      { branch: 'alice', device: 'pixel-8', doing: "waits at barrier 'ringing' for bob", place: 'test/chat.ts:9:11' },
      { branch: '', device: 'carol', doing: 'runs' },
    ]
    const story = new Story().start('chat')
    const error = { name: 'Error', message: 'lost', device: 'bob' }
    story.attempt('chat').test('rings', { state: 'failed', error, branches }).end('failed')
    story.end('chat', 'failed', { lease: 'chat-1' })
    assert.match(
      shown(story),
      new RegExp(
        [
          ' {5}Error: lost',
          '',
          ' {5}other branches:',
          " {7}alice → pixel-8  waits at barrier 'ringing' for bob  test/chat.ts:9:11",
          ' {7}the test         runs',
          '',
        ].join('\n'),
      ),
    )
    assert.match(
      formatJunit(story.record(), 'report'),
      /branch: alice waits at barrier 'ringing' for bob at test\/chat.ts:9:11\nbranch: the test runs/,
    )
  })

  it('shows the branch that failed, each other one that did, and the last command of each device', () => {
    const branches = [
      { branch: 'alice', device: 'pixel-8', doing: 'failed: Error: no sound', place: 'test/chat.ts:9:11' },
      { branch: 'carol', device: 'carol', doing: 'failed: Error: no picture', place: 'test/chat.ts:12:5' },
      { branch: 'dave', device: 'dave', doing: 'in click' },
    ]
    const lastCommands = [
      { device: 'bob', command: 'click', place: 'test/chat.ts:7:3' },
      { device: 'pixel-8', command: 'getText' },
    ]
    const story = new Story().start('chat')
    const error = { name: 'Error', message: 'lost', device: 'bob' }
    const end = { state: 'failed', error, failedBranch: 'bob', branches, lastCommands } as const
    story.attempt('chat').test('rings', end).end('failed')
    story.end('chat', 'failed', { lease: 'chat-1' })
    const text = shown(story)
    const expected = [
      '     failed in branch bob; alice and carol failed, too:',
      '       alice → pixel-8  Error: no sound    test/chat.ts:9:11',
      '       carol            Error: no picture  test/chat.ts:12:5',
      '',
      '     Error: lost',
      '',
      '     other branches:',
      '       dave  in click',
      '',
      '     last commands:',
      '       bob      click    test/chat.ts:7:3',
      '       pixel-8  getText',
      '',
    ].join('\n')
    assert.ok(text.includes(expected), text)
  })

  it('shows a failure with comparison, frames of the user, trail and output', () => {
    const story = new Story().start('chat')
    const attempt = story.attempt('chat').log('sent: hi\nwaiting')
    attempt.test('delivers', { state: 'failed', error: failure, trail }).end('failed')
    story.end('chat', 'failed', { lease: 'chat-1' })
    assert.equal(
      before(shown(story)),
      `1 module, run r1

start    test/chat.ts on alice
failed   test/chat.ts  1 failed, 1.2 s

  1) test/chat.ts: chat › delivers
     active device: bob

     AssertionError: the message did not arrive

     expected: hi
     received: (empty)

     at Context.<anonymous> (test/chat.ts:12:9)
     at deliver (test/pages/chat.ts:3:1)

     baton: alice               test/chat.ts:5:11
            customer → pixel-8  test/chat.ts:10:11

     console:
     | sent: hi
     | waiting


Failed
  test/chat.ts: chat › delivers
`,
    )
  })

  it('names roles in the order of the module, the first one first', () => {
    const roles = { zoe: 'phone', bob: 'phone', alice: 'phone' }
    const listing = { id: 'm', file: 'm.ts', firstRole: 'bob', roles }
    const story = new Story().add({ type: 'run:start', version: 1, run: 'r', modules: [listing], options: {} })
    story.attempt('m', 1, { alice: 'd1', bob: 'd2', other: 'd3', zoe: 'd4' })
    assert.match(shown(story), /start {4}m\.ts on bob: d2, zoe: d4, alice: d1, other: d3\n/)
  })

  it("never shows a test's own message as what the farm did", () => {
    const own: ErrorRecord = { name: 'AssertionError', message: 'expected 1 to equal 2' }
    const gone: ErrorRecord = { name: 'SessionError', message: 'alice: no answer' }
    const story = new Story().start('chat')
    story.attempt('chat').test('fails', { state: 'failed', error: own }).end('interrupted')
    story.attempt('chat', 2).test('fails', { state: 'failed', error: own }).end('infrastructure', gone)
    story.attempt('chat', 3).test('fails', { state: 'failed', error: own }).end('failed')
    story.attempt('chat', 4).end('passed')
    const again = shown(story)
      .split('\n')
      .filter(line => line.includes('again, because '))
      .map(line => line.trim())
    assert.deepEqual(again, [
      'again, because it was stopped',
      'again, because the farm failed: alice: no answer',
      'again, because it failed: expected 1 to equal 2',
    ])
  })

  it('shows what a reader needs for every verdict', () => {
    const text = shown(everyVerdict())
    const lines = [
      'flaky    test/flaky.ts  1 passed, 1.2 s, attempt 2',
      '         again, because it failed: the message did not arrive',
      '         again, because the farm failed: no answer 1',
      'skipped  test/skip.ts  1 pending, 1.2 s',
      'lost     test/lost.ts  no answer 2',
      'not-run  test/waits.ts  no device has the label tablet',
      'device   alice quarantined: three sessions failed',
      '  2) test/load.ts: the module itself',
      '     TypeError: x is not a function',
      '  3) test/hook.ts: chat › "before all" hook',
      '  4) test/hangs.ts: while chat › waits for ever was running',
      '     BATON_MODULE_TIMEOUT: the module ran for 900 s',
      '     HINT: raise --module-timeout',
    ]
    for (const line of lines) assert(text.split('\n').includes(line), `${line}\nis not in\n${text}`)
    assert.equal(
      text.slice(text.indexOf('\nFailed\n')),
      `
Failed
  test/fail.ts: chat › delivers
  test/load.ts: TypeError
  test/hook.ts: chat › "before all" hook
  test/hangs.ts: BATON_MODULE_TIMEOUT

Flaky
  test/pass.ts: chat › retried passed on try 2
  test/flaky.ts
    attempt 1: chat › opens: the message did not arrive

Lost
  test/lost.ts
    no answer 1
    no answer 2

Interrupted
  no result was recorded: the run ended:
    test/crash.ts

Not run
  no device has the label tablet:
    test/waits.ts

Slowest
  1.2 s  test/pass.ts
  1.2 s  test/fail.ts
  1.2 s  test/flaky.ts
  1.2 s  test/skip.ts
  1.2 s  test/load.ts

Modules  1 passed, 4 failed, 1 flaky, 1 skipped, 1 lost, 1 interrupted, 1 not run (10)
Tests    6 passed, 2 failed, 2 pending
Time     5.8 s, until the run was killed
`,
    )
  })

  it('keeps to 80 columns if the texts of the tests do', () => {
    const tooLong = shown(everyVerdict())
      .split('\n')
      .filter(line => line.length > 80 && !line.startsWith('Modules'))
    assert.deepEqual(tooLong, [])
  })

  it('shows the failures of a module without an end event', () => {
    const story = new Story().start('chat')
    story.attempt('chat').test('delivers', { state: 'failed', error: failure }).begin('next')
    assert.match(shown(story), /1\) test\/chat\.ts: chat › delivers/)
  })

  it('shows one reason for many modules once', () => {
    const ids = Array.from({ length: 13 }, (_, index) => `m${index}`)
    const story = new Story().start(...ids)
    for (const id of ids) story.end(id, 'not-run', { reasons: ['the run stops at its first failure (--bail)'] })
    const text = shown(story)
    const section = text.slice(text.indexOf('Not run'))
    assert.equal(section.split('--bail').length, 2)
    assert.match(section, /test\/m9\.ts\n {4}and 3 more/)
  })

  it('shows a repeated reason once, with its number', () => {
    const text = shown(new Story().start('m').end('m', 'lost', { reasons: ['gone', 'slow', 'gone'] }))
    assert.match(text, /\nLost\n {2}test\/m\.ts\n {4}gone \(2 times\)\n {4}slow\n\n/)
  })

  it('shows a module that ends twice once', () => {
    const story = new Story().start('m').end('m', 'passed').end('m', 'not-run')
    assert.equal(shown(story).split('test/m.ts').length, 2)
  })

  it('shows what waiting modules wait for, on one line', () => {
    const roles = { bob: 'pixel is in use by a.ts\nof run r2 for 40 s', carol: 'phone is offline (unplugged)' }
    const story = new Story().start('m').add({ type: 'module:wait', module: 'm', more: 2, roles })
    assert.ok(
      shown(story).includes(
        'waiting  test/m.ts and 2 more for bob: pixel is in use by a.ts ⏎ of run r2 for 40 s; for carol: phone is offline (unplugged)\n',
      ),
    )
  })

  it('shows a problem with a device once', () => {
    const story = new Story().start()
    const tell = (state: string, reason?: string): void =>
      void story.add({ type: 'device:state', device: 'bob', host: 'lab', state, ...(reason && { reason }) })
    for (const state of ['idle', 'offline', 'offline', 'checking', 'offline']) tell(state)
    assert.equal(shown(story).split('device   bob offline').length, 3)
  })
})
