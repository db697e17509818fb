import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import type { RunEvent } from '../../../src/event/run-event.js'
import { parseRunEvent } from '../../../src/event/run-event-schema.js'
import { WaitReporter } from '../../../src/run/report-waits.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'

describe('modules that wait while nothing happens', () => {
  it('report who has their devices: after a quiet moment, not again at once, and not before their stage has started', async () => {
    await using farm = await AllocationFarm.start()
    const call = new EventEmitter()
    const running = once(call, 'running')
    const over = once(call, 'over')
    await farm.host('h1', [device('a1'), device('b1')], {
      runAttempt: async task => {
        call.emit('running')
        await over
        return { verdict: 'passed', reusable: Object.values(task.grant.devices).map(each => each.device) }
      },
    })
    await farm.submit('other', [{ id: 'call', needs: { a: 'name=a1' } }])
    await running
    const needs = { alice: 'name=a1', bob: 'name=b1' }
    const modules = [
      { id: 'auction', needs },
      { id: 'bids', needs },
      { id: 'later', needs, stage: 'second' },
      { id: 'first', needs: { a: 'name=a1' }, stage: 'first' },
    ]
    const stages = [
      { name: 'first', after: [] },
      { name: 'second', after: [{ stage: 'first', when: 'end' as const }] },
    ]
    const queues = await farm.submit('r', modules, { stages })
    const events: RunEvent[] = []
    let now = 0
    const ended = new AbortController()
    const onEvent = (event: RunEvent): void => void events.push(event)
    const waits = new WaitReporter({ farm, run: 'r', queues, onEvent, signal: ended.signal, clock: () => now })
    const check = async (at: number, quietMs: number): Promise<string[]> => {
      now = at
      await waits.check(quietMs)
      for (const event of events) assert.ok('event' in parseRunEvent(JSON.stringify(event)))
      return events
        .splice(0)
        .map(event => (event.type === 'module:wait' ? `${event.module}+${event.more}` : event.type))
    }
    assert.deepEqual(await check(1_000, 2_000), [], 'too soon')
    now = 3_000
    await waits.check(4_000)
    const [wait] = events.filter(event => event.type === 'module:wait')
    assert.match(wait?.roles['alice'] ?? '', /^a1 is in use by call\.ts of run other for \d+ s$/)
    assert.deepEqual(Object.keys(wait?.roles ?? {}), ['alice'], 'b1 is free')
    assert.deepEqual(await check(3_000, 4_000), ['auction+1', 'first+0'], 'the first report')
    assert.deepEqual(await check(20_000, 21_000), [], 'known')
    assert.deepEqual(await check(33_000, 34_000), ['auction+1', 'first+0'], 'again')
    assert.deepEqual(await check(73_000, 74_000), [], 'twice as long')
    ended.abort()
    assert.deepEqual(await check(100_000, 100_000), [], 'after the end of the run')
    call.emit('over')
  })
})
