import assert from 'node:assert/strict'
import { withNetworkEvents, type BidiEvent } from '../../../src/script/bidi-network-events.js'

const intercept = { method: 'network.addIntercept', params: { phases: ['responseStarted'] } }
const all = ['network.beforeRequestSent', 'network.responseStarted', 'network.responseCompleted']

/** A connection that notes what is sent. */
function connection(refused: string[] = []): { sent: string[]; send: (message: BidiEvent) => Promise<unknown> } {
  const sent: string[] = []
  return {
    sent,
    send: withNetworkEvents(async ({ method }) => {
      sent.push(method)
      if (refused.includes(method)) throw new Error('unknown command')
      return {}
    }),
  }
}

describe('network events of a BiDi connection', () => {
  it('are subscribed to once, before the first intercept', async () => {
    const { sent, send } = connection()
    await Promise.all([send(intercept), send(intercept)])
    assert.deepEqual(sent, [
      'session.subscribe',
      'network.addDataCollector',
      'network.addIntercept',
      'network.addIntercept',
    ])
  })

  it('are left alone if WebdriverIO has subscribed or nothing is intercepted', async () => {
    const { sent, send } = connection()
    await send({ method: 'session.subscribe', params: { events: all } })
    await send(intercept)
    assert.deepEqual(sent, ['session.subscribe', 'network.addIntercept'])
  })

  it('are subscribed to if only some events were, or only in some tabs', async () => {
    for (const params of [{ events: all.slice(0, 1) }, { events: all, contexts: ['tab'] }]) {
      const { sent, send } = connection()
      await send({ method: 'session.subscribe', params })
      await send(intercept)
      assert.equal(sent.filter(method => method === 'session.subscribe').length, 2)
    }
  })

  it("don't need data collectors", async () => {
    const { sent, send } = connection(['network.addDataCollector'])
    await send(intercept)
    assert.equal(sent.at(-1), 'network.addIntercept')
  })
})
