import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { fitText, padText, widthOf } from '../../../src/report/fit-text.js'
import { liveFrame } from '../../../src/report/live-frame.js'
import { LiveView } from '../../../src/report/live-view.js'
import { createPaint } from '../../../src/report/paint.js'
import { applyEvent, newRunState } from '../../../src/report/run-state.js'
import { Story, startedAt } from './events.js'

interface Size {
  columns?: number
  rows?: number
}

/** The frame after these events, on a clock that shows the time of each. */
function frameOf({ events }: Pick<Story, 'events'>, { columns = 80, rows = 24 }: Size = {}): string[] {
  const state = newRunState()
  const view = new LiveView(state, startedAt)
  for (const event of events) view.update(applyEvent(state, event), event.at)
  const now = (events.at(-1)?.at ?? startedAt) + 65_000
  return liveFrame(view, { columns, rows, now, paint: createPaint(false) })
}

/** So many modules, each with a device of its own, the first of them ended. */
function crowd(devices: number, ended: number): Story {
  const ids = Array.from({ length: devices }, (_, index) => `m${index}`)
  const story = new Story().start(...ids)
  for (const [index, id] of ids.entries()) story.attempt(id, 1, { alice: `phone-${index}` }).loaded()
  for (const id of ids.slice(0, ended)) story.end(id, 'passed', { lease: `${id}-1` })
  return story
}

describe('the live view', () => {
  it('shows what the run waits for before anything runs', () => {
    assert.deepEqual(frameOf({ events: [] }), ['Preparing devices, servers and modules …'])
    assert.deepEqual(frameOf(new Story().start('chat', 'shop'), { columns: 60 }), [
      '0 of 2 modules; waiting for devices                     1:05',
    ])
  })

  it('shows what each device does, and which one holds the baton', () => {
    const story = new Story().start('chat', 'auction', 'next')
    const chat = story.attempt('chat', 1, { alice: 'alice', customer: 'pixel-8' })
    chat.loaded().begin('delivers').pass('alice').pass('customer', 'pixel-8')
    story.attempt('auction', 1, { carol: 'carol' })
    assert.deepEqual(frameOf(story), [
      'alice     chat.ts     pixel-8 has the baton                                 1:05',
      'pixel-8 ▶ chat.ts     as customer: chat › delivers                          1:05',
      'carol     auction.ts  loading                                               1:05',
      '[                    ] 0 of 3 modules; 2 running                            1:05',
    ])
  })

  it('shows which branches act, and what the others wait for', () => {
    const story = new Story().start('call', 'next')
    const call = story.attempt('call', 1, { alice: 'alice', bob: 'bob', carol: 'carol' })
    const marks = (): string[] =>
      frameOf(story)
        .slice(0, 3)
        .map(line => line.replace(/ +\d:\d\d$/, ''))
    call.loaded().begin('rings').pass('carol')
    call.branch('', { type: 'branch:wait', on: 'branch', name: 'alice, bob' }, 'carol')
    for (const who of ['alice', 'bob']) call.branch(who, { type: 'branch:start' }).pass(who)
    call.branch('bob', { type: 'branch:wait', on: 'barrier', name: 'ringing' })
    call.branch('bob', { type: 'barrier:arrive', name: 'ringing', missing: ['alice'] })
    call.branch('alice', { type: 'signal', name: 'invited' })
    assert.deepEqual(marks(), [
      'alice ▶ call.ts  chat › rings',
      'bob     call.ts  waits at barrier ringing',
      'carol   call.ts  waits for alice, bob',
    ])
    call.branch('bob', { type: 'branch:resume', on: 'barrier', name: 'ringing' })
    call.branch('alice', { type: 'branch:wait', on: 'signal', name: 'answered' })
    assert.deepEqual(marks().slice(0, 2), [
      'alice   call.ts  waits for signal answered',
      'bob   ▶ call.ts  chat › rings',
    ])
    for (const who of ['alice', 'bob']) call.branch(who, { type: 'branch:end', state: 'passed' })
    call.branch('', { type: 'branch:resume', on: 'branch', name: 'alice, bob' }, 'carol').pass('carol')
    assert.deepEqual(marks(), [
      'alice   call.ts  carol has the baton',
      'bob     call.ts  carol has the baton',
      'carol ▶ call.ts  chat › rings',
    ])
    call.branch('alice', { type: 'branch:start' }).branch('alice', { type: 'branch:wait', on: 'signal', name: 'x' })
    call.test('rings', { state: 'failed' })
    assert.equal(marks()[0], 'alice   call.ts  carol has the baton')
  })

  it('follows a module to its end', () => {
    const story = new Story().start('chat', 'next')
    const what = (): string => (frameOf(story)[0] ?? '').replace(/ +\d:\d\d$/, '')
    const attempt = story.attempt('chat')
    assert.equal(what(), 'alice   chat.ts  loading')
    attempt.loaded()
    assert.equal(what(), 'alice   chat.ts  hooks')
    attempt.pass('alice').begin('opens')
    assert.equal(what(), 'alice ▶ chat.ts  chat › opens')
    attempt.test('opens')
    assert.equal(what(), 'alice ▶ chat.ts  hooks')
    attempt.end('passed')
    assert.equal(what(), 'alice   idle')
    story.end('chat', 'passed', { lease: 'chat-1' })
    assert.equal(frameOf(story)[1], '[==========          ] 1 of 2 modules: 1 passed                             1:05')
  })

  it('counts every verdict, and a module that ends twice only once', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f']
    const story = new Story().start(...ids)
    for (const [index, verdict] of (['passed', 'failed', 'flaky', 'skipped', 'lost', 'not-run'] as const).entries()) {
      story.end(ids[index] ?? '', verdict).end(ids[index] ?? '', 'not-run')
    }
    assert.deepEqual(frameOf(story, { columns: 110 }), [
      '[====================] 6 of 6 modules: 1 passed, 1 failed, 1 flaky, 1 skipped, 1 lost, 1 not run          1:06',
    ])
  })

  it('assigns a device to the attempt of the latest event', () => {
    const story = new Story().start('one', 'two')
    const lost = story.attempt('one')
    story.attempt('two', 1).loaded().pass('alice')
    lost.loaded().begin('too late').end('passed')
    assert.match(frameOf(story)[0] ?? '', /^alice ▶ two\.ts {2}hooks /)
  })

  it('ends an attempt without an end event when its module runs again elsewhere', () => {
    const story = new Story().start('one')
    story.attempt('one', 1, { alice: 'pixel' })
    story.attempt('one', 2, { alice: 'galaxy' })
    const [pixel, galaxy, progress] = frameOf(story)
    assert.match(pixel ?? '', /^pixel {4}idle$/)
    assert.match(galaxy ?? '', /^galaxy {3}one\.ts/)
    assert.match(progress ?? '', /1 running/)
  })

  it('shows why a device is unavailable, until it is back', () => {
    const story = new Story().start('one')
    const tell = (state: string, reason?: string): Story =>
      story.add({ type: 'device:state', device: 'bob', host: 'lab', state, ...(reason && { reason }) })
    assert.match(
      frameOf(tell('quarantined', 'three sessions failed'))[0] ?? '',
      /^bob {3}quarantined: three sessions failed$/,
    )
    assert.match(frameOf(tell('checking'))[0] ?? '', /^bob {3}idle$/)
  })

  it('shows the busy devices and counts the rest if there are more devices than lines', () => {
    const frame = frameOf(crowd(30, 20), { rows: 16 })
    assert.deepEqual(
      frame.slice(0, -1).map(line => line.split(/ {2,}/).slice(0, 2).join(' ')),
      [20, 21, 22, 23, 24, 25]
        .map(index => `phone-${index} m${index}.ts`)
        .concat('and 24 more devices: 4 busy, 20 idle'),
    )
  })

  it('never uses more than half of the screen, nor more columns than it has, for any names', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', ' ', 'é', '漢', '한', '👩‍👩‍👧', 'ﾞ', '\u0301', '\u001B[2J', '\n', '\t', '\uD800', '›'),
    })
    const devices = fc.uniqueArray(name, { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(
        devices,
        name,
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 2, max: 60 }),
        (names, title, columns, rows) => {
          const story = new Story().start(title)
          const attempt = story.attempt(title, 1, Object.fromEntries(names.map(device => [`${device}!`, device])))
          attempt.loaded().begin(title).pass('x', names[0])
          const frame = frameOf(story, { columns, rows })
          assert(frame.length <= Math.max(1, rows / 2), `${frame.length} lines on ${rows}`)
          for (const line of frame) {
            assert(widthOf(line) <= columns, JSON.stringify(line))
            assert.doesNotMatch(line, /\p{Cc}/u)
          }
        },
      ),
    )
  })
})

describe('a text that must fit', () => {
  const cases: [string, number, string][] = [
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['漢字', 4, '漢字'],
    ['漢字漢', 4, '漢…'],
    ['e\u0301a', 2, 'e\u0301a'],
    ['👩‍👩‍👧x', 2, '…'],
    ['abc', 0, ''],
  ]
  for (const [text, columns, fitted] of cases) {
    it(`of ${JSON.stringify(text)}, in ${columns} columns is ${JSON.stringify(fitted)}`, () => {
      assert.equal(fitText(text, columns), fitted)
      assert.equal(widthOf(padText(text, columns)), columns)
    })
  }

  it('is not measured far beyond the edge', () => {
    assert.equal(fitText('x'.repeat(10_000_000), 5), 'xxxx…')
  })
})
