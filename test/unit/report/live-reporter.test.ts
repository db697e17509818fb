import assert from 'node:assert/strict'
import { createConsoleReporter } from '../../../src/report/console-reporter.js'
import { createLiveReporter } from '../../../src/report/live-reporter.js'
import { applyEvent, newRunState } from '../../../src/report/run-state.js'
import { TerminalScreen } from '../../support/terminal-screen.js'
import { everyVerdict, failure, Story, trail } from './events.js'
import { ManualClock } from './manual-clock.js'

const cwd = '/home/me/shop'

function setUp(columns = 80, rows = 24, color = false) {
  const terminal = new TerminalScreen(columns, rows)
  const clock = new ManualClock()
  const reporter = createLiveReporter({
    terminal,
    clock,
    color,
    verbose: false,
    cwd,
    reportDirectory: 'baton-report/r1',
  })
  return { terminal, clock, reporter }
}

/** One module has failed, another runs. */
function failing(): Story {
  const story = new Story().start('chat', 'auction', 'shop')
  const chat = story.attempt('chat', 1, { alice: 'alice', customer: 'pixel-8' }).log('sent: hi')
  chat
    .loaded()
    .test('delivers', { state: 'failed', error: { ...failure, device: 'pixel-8' }, trail })
    .end('failed')
  story.end('chat', 'failed', { lease: 'chat-1' })
  story.attempt('auction', 1, { bob: 'bob', alice: 'alice' }).loaded().pass('bob').begin('sells to who bids most')
  return story
}

const failureShown = `3 modules, run r1

failed   test/chat.ts  1 failed, 1.2 s

  1) test/chat.ts: chat › delivers
     active device: pixel-8

     AssertionError: the message did not arrive

     expected: hi
     received: (empty)

     at Context.<anonymous> (test/chat.ts:12:9)
     at deliver (test/pages/chat.ts:3:1)

     baton: alice               test/chat.ts:5:11
            customer → pixel-8  test/chat.ts:10:11

     console:
     | sent: hi

`

describe('the live view on a terminal', () => {
  it('shows a failure as it happens, above the live view, in 80 columns', async () => {
    const { terminal, clock, reporter } = setUp(80, 30)
    failing().tellEvents(reporter)
    clock.pass(2_100)
    assert.equal(
      await terminal.screen(),
      `${failureShown}alice     auction.ts  bob has the baton                                     0:02
pixel-8   idle
bob     ▶ auction.ts  chat › sells to who bids most                         0:02
[======              ] 1 of 3 modules: 1 failed; 1 running                  0:02`,
    )
  })

  it('uses the whole width of a wide terminal', async () => {
    const { terminal, clock, reporter } = setUp(140, 30)
    failing().tellEvents(reporter)
    clock.pass(2_100)
    const pad = ' '.repeat(60)
    assert.equal(
      await terminal.screen(),
      `${failureShown}alice     auction.ts  bob has the baton                                     ${pad}0:02
pixel-8   idle
bob     ▶ auction.ts  chat › sells to who bids most                         ${pad}0:02
[======              ] 1 of 3 modules: 1 failed; 1 running                  ${pad}0:02`,
    )
  })

  it('shows the same text in colours', async () => {
    const [plain, colored] = [setUp(80, 30), setUp(80, 30, true)]
    for (const { reporter, clock } of [plain, colored]) {
      failing().tellEvents(reporter)
      clock.pass(2_000)
    }
    assert.equal(await colored.terminal.text(), await plain.terminal.text())
    const [red, green] = [1, 2]
    assert.equal(await colored.terminal.colourOf('failed   test/chat.ts'), red)
    assert.equal(await colored.terminal.colourOf('▶'), green)
    assert.equal(await colored.terminal.colourOf('1 failed; 1 running'), red)
    assert.equal(await colored.terminal.colourOf('3 modules'), -1)
    assert.equal(await plain.terminal.colourOf('▶'), -1)
  })

  it('leaves the same failures and summary as plain lines, and nothing else', async () => {
    const { terminal, reporter, clock } = setUp(100, 12)
    const story = everyVerdict().add({ type: 'run:end', exitCode: 1, durationMs: 5_800 })
    story.tell(reporter)
    clock.pass(5_000)
    let plain = ''
    const write = (text: string): void => void (plain += text)
    story.tell(createConsoleReporter({ write, color: false, verbose: false, cwd, reportDirectory: 'baton-report/r1' }))
    const lines = plain.trimEnd().split('\n')
    const told = lines.filter((line, index) =>
      line.startsWith('start ')
        ? lines[index + 1]?.includes(' again, because ')
        : !/^(passed|skipped|not-run) /.test(line),
    )
    assert.deepEqual((await terminal.text()).split('\n'), told)
    assert(told.length < lines.length)
  })

  it('leaves cursor, modes and listeners unchanged, even after a crash of the run', async () => {
    const { terminal, reporter, clock } = setUp()
    const before = await terminal.modes()
    failing().tellEvents(reporter)
    clock.pass(10)
    assert.deepEqual(await terminal.modes(), before)
    reporter.close?.()
    reporter.close?.()
    assert.equal(await terminal.text(), failureShown.trimEnd())
    assert.equal(await terminal.cursorLine(), '')
    assert.deepEqual(await terminal.modes(), before)
    assert.deepEqual([terminal.listeners, clock.pending], [0, 0])
    reporter.notice?.('baton: stopping')
    assert.match(await terminal.text(), /\n+baton: stopping$/)
  })

  it('is whole again after each resize', async () => {
    const { terminal, reporter, clock } = setUp(140, 40)
    failing().tellEvents(reporter)
    clock.pass(100)
    for (const [columns, rows] of [
      [41, 40],
      [100, 40],
      [60, 9],
      [200, 50],
      [12, 5],
      [80, 30],
    ] as const) {
      await terminal.resize(columns, rows)
      const text = await terminal.text()
      assert.equal(text.match(/1 of 3 mod/g)?.length, 1, text)
      assert.match(text.replaceAll('\n', ''), /active device: pixel-8/)
    }
    assert(
      (await terminal.screen()).endsWith(`
alice     auction.ts  bob has the baton                                     0:00
pixel-8   idle
bob     ▶ auction.ts  chat › sells to who bids most                         0:00
[======              ] 1 of 3 modules: 1 failed; 1 running                  0:00`),
    )
  })

  it('leaves no frame in the history of tmux, which keeps a screen that is erased from its first cell', () => {
    const { terminal, reporter, clock } = setUp()
    failing().tellEvents(reporter)
    clock.pass(3_000)
    reporter.close?.()
    const erasing = terminal.written.join('').split('\u001B[J').slice(0, -1)
    assert(erasing.length > 3)
    for (const before of erasing) assert(before.endsWith('\r '), JSON.stringify(before.slice(-20)))
  })

  it('keeps what other code writes to the terminal', async () => {
    const { terminal, reporter, clock } = setUp()
    const story = new Story().start('chat')
    story.attempt('chat').loaded()
    story.tellEvents(reporter)
    clock.pass(100)
    terminal.write('(node:1) Warning: careful\n')
    clock.pass(2_000)
    assert.match(await terminal.text(), /\(node:1\) Warning: careful.*\nalice +chat\.ts.*\n\[ +\] 0 of 1/)
  })

  it('draws at most 15 times a second, for any number of events', () => {
    const { terminal, reporter, clock } = setUp()
    const story = new Story().start('chat')
    const attempt = story.attempt('chat').loaded()
    for (let test = 0; test < 500; test++) attempt.begin(`test ${test}`)
    const state = newRunState()
    for (const event of story.events) {
      reporter.event(event, state, applyEvent(state, event))
      clock.pass(2)
    }
    assert(terminal.written.length >= 14 && terminal.written.length <= 18, `${terminal.written.length} in 1 s`)
  })

  it('updates once a second while something runs, and never while nothing runs', () => {
    const { terminal, reporter, clock } = setUp()
    const story = new Story().start('chat', 'shop')
    story.tellEvents(reporter)
    clock.pass(1_000)
    assert.equal(clock.pending, 0)
    const attempt = story.attempt('chat').loaded()
    story.tellEvents(reporter)
    clock.pass(100)
    const drawn = terminal.written.length
    clock.pass(10_000)
    assert.equal(terminal.written.length - drawn, 10)
    attempt.end('passed')
    story.end('chat', 'passed', { lease: 'chat-1' })
    story.tellEvents(reporter)
    clock.pass(100)
    assert.equal(clock.pending, 0)
  })
})
