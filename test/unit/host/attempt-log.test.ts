import assert from 'node:assert/strict'
import { noTests } from '../../../src/event/verdicts.js'
import type { RunEvent } from '../../../src/event/run-event.js'
import {
  AttemptLog,
  lineOverhead,
  maxDetails,
  maxErrorText,
  maxFailures,
  maxOutput,
} from '../../../src/host/attempt/attempt-log.js'

/** A stream that takes a batch when it is told to. */
class Stream {
  readonly batches: string[][] = []
  #waiting: ((dropped: number | undefined) => void)[] = []

  append = (events: RunEvent[]): Promise<number | undefined> => {
    this.batches.push(events.map(event => (event.type === 'log' ? event.text : event.type)))
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  async answer(held = true, dropped = 0): Promise<void> {
    // the batch is sent a microtask after its first event
    await Promise.resolve()
    await Promise.resolve()
    this.#waiting.shift()?.(held ? dropped : undefined)
    await new Promise(resolve => setImmediate(resolve))
  }
}

const log = (stream: Stream, mask = (event: RunEvent): RunEvent => event): AttemptLog =>
  new AttemptLog({ module: '1', lease: '7' }, stream.append, mask)

const line = (text: string) => ({ type: 'log', stream: 'stdout', text }) as const

describe('the log of an attempt', () => {
  it('sends the events of one tick together, and those that come meanwhile in the next batch', async () => {
    const stream = new Stream()
    const events = log(stream)
    events.add(line('a'))
    events.add(line('b'))
    await Promise.resolve()
    await Promise.resolve()
    events.add(line('c'))
    events.add(line('d'))
    assert.deepEqual(stream.batches, [['a', 'b']])
    await stream.answer()
    assert.deepEqual(stream.batches, [
      ['a', 'b'],
      ['c', 'd'],
    ])
    await stream.answer()
    assert.equal(await events.flush(), true)
  })

  it('drops output beyond the limit of an attempt, with one note', async () => {
    const stream = new Stream()
    const events = log(stream)
    const half = 'x'.repeat(maxOutput / 2 - lineOverhead)
    for (const text of [half, half, 'one more', 'and another']) events.add(line(text))
    events.add({ type: 'module:loaded', tests: 1 })
    await stream.answer()
    assert.deepEqual(stream.batches, [[half, half, '… output beyond 10 MB is left out', 'module:loaded']])
  })

  it('limits failed tests and the text of their errors; the first ones are complete', async () => {
    const sent: RunEvent[] = []
    const append = async (batch: RunEvent[]): Promise<number> => (sent.push(...batch), 0)
    const events = new AttemptLog({ module: '1', lease: '7' }, append, event => event)
    const error = { name: 'Error', message: 'm'.repeat(1_000), stack: 's'.repeat(9_000), place: 'a.ts:1:2' }
    const failed = { type: 'test:end', kind: 'test', state: 'failed', durationMs: 1, retry: 0 } as const
    for (let index = 0; index < maxFailures + 5; index++) events.add({ ...failed, title: ['a'], error })
    events.add({ type: 'attempt:end', attempt: 1, verdict: 'failed', durationMs: 1, counts: noTests() })
    await events.flush()
    const failures = sent.flatMap(event => (event.type === 'test:end' && event.error ? [event.error] : []))
    assert.equal(failures.length, maxFailures)
    assert.deepEqual(failures[0], error)
    assert.deepEqual(failures.at(-1), { name: 'Error', message: 'm'.repeat(200), place: 'a.ts:1:2' })
    assert.ok(failures.filter(({ stack }) => stack !== undefined).length <= maxErrorText / 10_000)
    assert.deepEqual(sent.at(-2), { type: 'events:dropped', count: 5, module: '1', lease: '7', at: sent.at(-1)?.at })
  })

  it('counts empty lines towards the limit', async () => {
    const sent: RunEvent[] = []
    const events = new AttemptLog(
      { module: '1', lease: '7' },
      async batch => {
        sent.push(...batch)
        return 0
      },
      event => event,
    )
    const most = maxOutput / lineOverhead
    const note = '… output beyond 10 MB is left out'
    for (let i = 0; i < most + 10; i++) events.add(line(''))
    await events.flush()
    assert.equal(sent.length, most + 1)
    const last = sent.at(-1)
    assert.equal(last?.type === 'log' && last.text, note)
  })

  it('sends no more in one batch than a script may take', async () => {
    const stream = new Stream()
    const events = log(stream)
    for (let i = 0; i < 1500; i++) events.add(line(String(i)))
    await stream.answer()
    await stream.answer()
    assert.equal(await events.flush(), true)
    assert.deepEqual(
      stream.batches.map(batch => batch.length),
      [1000, 500],
    )
  })

  it('adds the attempt and the time to each event, and masks secrets', async () => {
    const sent: RunEvent[] = []
    const append = async (events: RunEvent[]): Promise<number> => {
      sent.push(...events)
      return 0
    }
    const events = new AttemptLog({ module: '1', lease: '7' }, append, event => ({ ...event, at: 5 }))
    events.add(line('a'), 3)
    await events.flush()
    assert.deepEqual(sent, [{ type: 'log', stream: 'stdout', text: 'a', module: '1', lease: '7', at: 5 }])
  })

  it('sends nothing more once its lease is lost', async () => {
    const stream = new Stream()
    const events = log(stream)
    events.add(line('a'))
    await stream.answer(false)
    events.add(line('b'))
    assert.equal(await events.flush(), false)
    assert.deepEqual(stream.batches, [['a']])
  })

  it('ends with its attempt: an artifact that comes later is dropped', async () => {
    const stream = new Stream()
    const events = log(stream)
    const counts = { passed: 0, failed: 0, pending: 0 }
    events.add({ type: 'attempt:end', attempt: 1, verdict: 'interrupted', durationMs: 1, counts })
    events.add({ type: 'artifact', attempt: 1, role: 'a', device: 'd', kind: 'screenshot', name: 'a.png', bytes: 1 })
    await stream.answer()
    await stream.answer()
    assert.equal(await events.flush(), true)
    assert.deepEqual(stream.batches, [['attempt:end']])
  })

  it('drops passes and signals beyond their limit, keeps the rest, and counts all that is missing', async () => {
    const sent: RunEvent[] = []
    const append = async (events: RunEvent[]): Promise<number> => {
      sent.push(...events)
      return events.some(event => event.type === 'test:end') ? 2 : 0
    }
    const events = new AttemptLog({ module: '1', lease: '7' }, append, event => event)
    for (let i = 0; i < maxDetails + 5; i++) events.add({ type: 'baton:pass', role: 'a', device: 'd' })
    events.add({ type: 'test:end', kind: 'test', title: ['t'], state: 'failed', durationMs: 1, retry: 0 })
    const counts = { passed: 0, failed: 1, pending: 0 }
    events.add({ type: 'attempt:end', attempt: 1, verdict: 'failed', durationMs: 1, counts })
    assert.equal(await events.flush(), true)
    assert.equal(sent.filter(event => event.type === 'baton:pass').length, maxDetails)
    assert.deepEqual(
      sent.slice(-3).map(event => (event.type === 'events:dropped' ? event.count : event.type)),
      ['test:end', 7, 'attempt:end'],
    )
  })

  it('reports at the end that the stream could not be reached', async () => {
    const events = new AttemptLog(
      { module: '1', lease: '7' },
      async () => Promise.reject(new Error('gone')),
      event => event,
    )
    events.add(line('a'))
    await assert.rejects(events.flush(), /gone/)
  })
})
