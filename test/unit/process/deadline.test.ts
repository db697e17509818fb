import assert from 'node:assert/strict'
import { unlessAborted, withTimeout } from '../../../src/process/deadline.js'

const never = new Promise<never>(() => {})
const late = (): never => {
  throw new Error('too late')
}

describe('withTimeout', () => {
  it('returns the result of the work if it is done in time', async () => {
    assert.equal(await withTimeout(Promise.resolve(7), 60_000, late), 7)
    await assert.rejects(withTimeout(Promise.reject(new Error('failed')), 60_000, late), { message: 'failed' })
  })

  it("returns the caller's value after a timeout", async () => {
    assert.equal(await withTimeout(never, 1, () => 'late'), 'late')
    await assert.rejects(withTimeout(never, 1, late), { message: 'too late' })
  })
})

describe('unlessAborted', () => {
  it('returns the result of the work, unless the signal aborts first', async () => {
    const abort = new AbortController()
    assert.equal(await unlessAborted(Promise.resolve(7), abort.signal), 7)
    const waiting = unlessAborted(never, abort.signal)
    abort.abort(new Error('stop'))
    await assert.rejects(waiting, { message: 'stop' })
    await assert.rejects(unlessAborted(never, abort.signal), { message: 'stop' })
  })
})
