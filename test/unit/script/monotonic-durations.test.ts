import assert from 'node:assert/strict'
import { runSuite } from './module-in-process.js'

const valueOf: unknown = Reflect.get(Date.prototype, 'valueOf')

/** From now on, two dates that are subtracted are a minute apart. */
function setClockForwards(): void {
  let read = 0
  Reflect.set(Date.prototype, 'valueOf', () => (read++ % 2 === 0 ? 60_000 : 0))
}

describe('the duration of a test', () => {
  afterEach(() => {
    Reflect.set(Date.prototype, 'valueOf', valueOf)
  })

  it('is right, and no timeout, if the clock is set forwards meanwhile', async () => {
    const { counts, events } = await runSuite(['alice'], ({ it }) => it('passes', setClockForwards))
    assert.deepEqual([counts.passed, counts.failed], [1, 0], JSON.stringify(events))
    const ends = events.filter(event => event.type === 'test:end')
    assert.ok(ends.length === 1 && ends.every(({ durationMs }) => durationMs < 60_000), JSON.stringify(ends))
  })
})
