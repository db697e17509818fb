import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { repeatEvery, type Repeating } from '../../../src/process/repeat.js'

/** Work that lasts until the test ends it. */
class Work {
  starts = 0
  running = 0
  end: (error?: Error) => void = () => {}

  readonly run = async (): Promise<void> => {
    this.starts += 1
    this.running += 1
    await new Promise<void>((resolve, reject) => {
      this.end = error => (error ? reject(error) : resolve())
    }).finally(() => (this.running -= 1))
  }
}

describe('work that is repeated', () => {
  let work: Work
  let repeating: Repeating
  beforeEach(() => {
    mock.timers.enable({ apis: ['setInterval'] })
    work = new Work()
    repeating = repeatEvery(1_000, work.run)
  })
  afterEach(() => {
    repeating.stop()
    mock.timers.reset()
  })

  const pass = async (ms: number): Promise<void> => {
    mock.timers.tick(ms)
    await nextTurn()
  }
  const end = async (error?: Error): Promise<void> => {
    work.end(error)
    await nextTurn()
  }

  it('starts once per interval, even after a failure, until it is stopped', async () => {
    for (const error of [undefined, new Error('failed'), undefined]) {
      await pass(1_000)
      await end(error)
    }
    assert.equal(work.starts, 3)
    repeating.stop()
    await pass(5_000)
    assert.equal(work.starts, 3)
  })

  it('never overlaps itself, even if it takes long', async () => {
    await pass(1_000)
    await pass(3_000)
    assert.deepEqual([work.starts, work.running], [1, 1])
    await end()
    await pass(1_000)
    assert.deepEqual([work.starts, work.running], [2, 1])
  })

  it('runs on demand, after work in progress, and rejects if it fails', async () => {
    await pass(1_000)
    const now = repeating.runNow()
    await nextTurn()
    assert.equal(work.starts, 1)
    await end()
    assert.equal(work.starts, 2)
    work.end(new Error('failed'))
    await assert.rejects(now, { message: 'failed' })
  })
})
