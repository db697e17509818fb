import assert from 'node:assert/strict'
import { BidiWindowWatch, WindowTracker } from '../../../src/host/gateway/gateway-window-tracker.js'

const destroyed = (parent: string | null) => ({ method: 'browsingContext.contextDestroyed', params: { parent } })

describe('WindowTracker', () => {
  it('knows that the last window is closed when the session reports no window', () => {
    const windows = new WindowTracker()
    windows.commandAnswered(windows.commandSent())
    windows.windowDeleted({ value: ['a'] })
    assert.equal(windows.lastWindowClosed, false)
    windows.windowDeleted({ value: [] })
    assert.equal(windows.lastWindowClosed, true)
  })

  it('assumes that a window is the last one until a command sent after it was closed is answered', () => {
    const windows = new WindowTracker()
    const before = windows.commandSent()
    windows.windowClosed()
    windows.commandAnswered(before)
    assert.equal(windows.lastWindowClosed, true)
    windows.commandAnswered(windows.commandSent())
    assert.equal(windows.lastWindowClosed, false)
  })

  it('learns from an answer with the windows that are left, even if the event came before', () => {
    const windows = new WindowTracker()
    windows.commandSent()
    windows.windowClosed()
    windows.windowDeleted({ value: ['b'] })
    assert.equal(windows.lastWindowClosed, false)
  })

  it('ignores answers that are not a list', () => {
    const windows = new WindowTracker()
    for (const odd of [undefined, null, 'text', {}, { value: null }, { value: { error: 'no such window' } }]) {
      windows.windowDeleted(odd)
    }
    assert.equal(windows.lastWindowClosed, false)
  })
})

describe('BidiWindowWatch', () => {
  it('sees windows close, not frames', () => {
    const windows = new WindowTracker()
    const watch = new BidiWindowWatch(windows)
    assert.equal(watch.trackSessionMessage(destroyed('a window')), false)
    assert.equal(windows.lastWindowClosed, false)
    assert.equal(watch.trackSessionMessage(destroyed(null)), true)
    assert.equal(windows.lastWindowClosed, true)
  })

  it('sees a script close a window without subscribing to its events', () => {
    const windows = new WindowTracker()
    const watch = new BidiWindowWatch(windows)
    watch.trackCommand({ id: 1, method: 'browsingContext.close' })
    assert.equal(watch.trackSessionMessage({ id: 1, result: {} }), true)
    assert.equal(windows.lastWindowClosed, true)
    watch.trackCommand({ id: 2, method: 'browsingContext.getTree' })
    watch.trackSessionMessage({ id: 2, result: {} })
    assert.equal(windows.lastWindowClosed, false)
  })

  it('does not take an error as a sign that a window was closed or is left', () => {
    const windows = new WindowTracker()
    const watch = new BidiWindowWatch(windows)
    watch.trackCommand({ id: 1, method: 'browsingContext.close' })
    watch.trackSessionMessage({ id: 1 })
    assert.equal(windows.lastWindowClosed, false)
    watch.trackSessionMessage(destroyed(null))
    watch.trackCommand({ id: 2, method: 'browsingContext.getTree' })
    watch.trackSessionMessage({ id: 2 })
    assert.equal(windows.lastWindowClosed, true)
  })
})
