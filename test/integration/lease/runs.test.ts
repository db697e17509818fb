import assert from 'node:assert/strict'
import { LeaseScripts } from '../../../src/lease/lease-scripts.js'
import { RunLeases } from '../../../src/lease/run-leases.js'
import type { RunEvent } from '../../../src/event/run-event.js'
import { forgetRun } from '../../../src/lease/forget-run.js'
import { runStreamKey } from '../../../src/lease/protocol/keys.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'

/** An execution that lasts until it is told to stop. */
function endless(started: () => void) {
  return (_task: unknown, signal: AbortSignal) =>
    new Promise<{ verdict: 'interrupted'; reusable: string[] }>(resolve => {
      signal.addEventListener('abort', () => resolve({ verdict: 'interrupted', reusable: ['a1'] }))
      started()
    })
}

/** How long modules wait for devices that are not there: longer than a busy machine keeps this process waiting. */
const WAIT_MS = 3000

const three = ['one', 'two', 'three'].map(id => ({ id, needs: { a: '' } }))

/** Keys that name the run, and what it alone brought into the farm. */
async function keysOf(farm: AllocationFarm, run: string): Promise<string[]> {
  const keys = await farm.redis.keys('*')
  const own = keys.filter(key => key.includes(run) || key.includes(':free-for:') || key.includes(':lease:'))
  const lists = [
    'asks',
    'needs',
    'active',
    'due',
    'hold',
    'runs',
    'leases',
    'empties',
    'feasible',
    'infeasible',
    'stages',
  ]
  return [...own, ...lists.map(name => `${farm.prefix}:${name}`).filter(key => keys.includes(key))]
}

describe('runs', () => {
  it('leave no key after forgetRun', async () => {
    await using farm = await AllocationFarm.start()
    await farm.host('h1', [device('a1', 'android')])
    const queues = await farm.submit('r-1', [...three, { id: 'm4', needs: { a: 'android', b: 'ios' } }], {
      waitMs: 60_000,
    })
    assert.deepEqual(await farm.runs.files.useBundles('r-1', ['abc']), ['abc'])
    await farm.runs.files.storeBundle('abc', 'code')
    await farm.runs.append('r-1', [{ type: 'run:end', exitCode: 0, durationMs: 1, at: 1 }])
    await farm.results('r-1', queues.slice(0, 1), 3)
    await farm.untilIdle(['a1'])
    assert.ok((await keysOf(farm, 'r-1')).length > 10)
    await forgetRun(farm.runs, 'r-1')
    assert.deepEqual(await keysOf(farm, 'r-1'), [])
    assert.equal(await farm.runs.files.loadBundle('abc'), undefined)
    assert.deepEqual(await farm.redis.keys('*bundle*'), [])
  })

  it('keep a bundle while another run uses it', async () => {
    await using farm = await AllocationFarm.start()
    for (const run of ['r1', 'r2']) {
      await farm.runs.open(run)
      const missing = await farm.runs.files.useBundles(run, ['abc'])
      assert.deepEqual(missing, run === 'r1' ? ['abc'] : [])
      await farm.runs.files.storeBundle('abc', 'code')
    }
    await forgetRun(farm.runs, 'r1')
    assert.equal(String(await farm.runs.files.loadBundle('abc')), 'code')
    await forgetRun(farm.runs, 'r2')
    assert.equal(await farm.runs.files.loadBundle('abc'), undefined)
  })

  it('can be cancelled: waiting modules are not run, running ones are stopped, each is reported once', async () => {
    await using farm = await AllocationFarm.start()
    let started = (): void => {}
    const running = new Promise<void>(resolve => {
      started = resolve
    })
    await farm.host('h1', [device('a1')], { runAttempt: endless(() => started()) })
    const queues = await farm.submit('r', three)
    await running
    assert.equal((await farm.runs.cancel('r', 'Ctrl-C')).leases, 1)
    const results = await farm.results('r', queues, 3)
    assert.deepEqual(
      results.map(({ verdict }) => verdict),
      ['not-run', 'not-run', 'not-run'],
    )
    assert.deepEqual(
      results.map(({ reasons }) => reasons),
      [['Ctrl-C'], ['Ctrl-C'], ['Ctrl-C']],
    )
    assert.equal(new Set(results.map(({ module }) => module)).size, 3)
    await farm.untilIdle(['a1'])
  })

  it('can be cancelled: a module that waits for its retry has failed', async () => {
    await using farm = await AllocationFarm.start()
    await farm.host('h1', [device('a1')], {
      runAttempt: () => Promise.resolve({ verdict: 'failed', reusable: ['a1'] }),
    })
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: '' } }], { retries: 1, retryDelayMs: 60_000 })
    const delayed = `${farm.prefix}:${queues[0]}:delayed`
    while ((await farm.redis.zcard(delayed)) === 0) await farm.untilIdle([])
    await farm.runs.cancel('r', 'Ctrl-C')
    const [result] = await farm.results('r', queues, 1)
    assert.deepEqual([result?.verdict, result?.attempts, typeof result?.lease], ['failed', 1, 'string'])
  })

  it('end if their owner vanishes: waiting modules are not run, the keys are removed, the stream stays a while', async () => {
    await using farm = await AllocationFarm.start()
    let started = (): void => {}
    const running = new Promise<void>(resolve => {
      started = resolve
    })
    await farm.host('h1', [device('a1')], { runAttempt: endless(() => started()) })
    const queues = await farm.submit('r', three, { ttlMs: 3000 })
    await running
    const renewed = await farm.runs.renew('r')
    assert.equal(renewed.state, 'open')
    const results = await farm.results('r', queues, 3)
    assert.deepEqual(
      results.map(({ verdict }) => verdict),
      ['not-run', 'not-run', 'not-run'],
    )
    const stream = runStreamKey(farm.prefix, 'r')
    while ((await farm.redis.pttl(stream)) < 0) await farm.untilIdle([])
    assert.deepEqual(await keysOf(farm, ':r:'), [stream])
    assert.equal((await farm.runs.renew('r')).state, 'gone')
    await farm.untilIdle(['a1'])
  })

  it('need no owner if they are detached', async () => {
    await using farm = await AllocationFarm.start()
    await farm.submit('r', three, { detached: true })
    assert.equal(await farm.redis.zscore(`${farm.prefix}:runs`, 'r'), 'inf', 'nobody has to renew it')
    const queues = await farm.runs.queues('r')
    await farm.host('h1', [device('a1')])
    const results = await farm.results('r', queues, 3)
    assert.deepEqual(
      results.map(({ verdict }) => verdict),
      ['passed', 'passed', 'passed'],
    )
  })

  it('let a module wait if no online device matches it, and make it lost with the reason after the wait timeout', async () => {
    await using farm = await AllocationFarm.start()
    // No host is there yet that gives up what waits in vain.
    for (const [name, its] of [
      ['h1', device('a1', 'android')],
      ['h2', device('i1', 'ios')],
    ] as const) {
      await farm.host(name, [its]).then(host => host.stop())
    }
    const submitting = performance.now()
    const queues = await farm.submit(
      'r',
      [
        { id: 'later', needs: { a: 'ios' } },
        { id: 'never', needs: { a: 'tablet' } },
        { id: 'now', needs: { a: 'android' } },
      ],
      { waitMs: WAIT_MS },
    )
    const { unsatisfiable } = await farm.runs.renew('r')
    assert.deepEqual(unsatisfiable.map(({ answer, overdue }) => `${answer} ${overdue}`).sort(), [
      'later false',
      'later false',
      'never true',
    ])
    await farm.host('h1', [device('a1', 'android')], { ttlMs: WAIT_MS })
    const results = await farm.results('r', queues, 3)
    const reasonOf = (module: string): string => results.find(r => r.module === module)?.reasons?.join() ?? ''
    assert.deepEqual(results.map(({ module, verdict }) => `${module} ${verdict}`).sort(), [
      'later lost',
      'never lost',
      'now passed',
    ])
    assert.match(reasonOf('never'), /role 'a' asks for any tablet: the farm has no such device/)
    assert.match(reasonOf('later'), /no online device matches: role 'a' asks for any ios: i1 is offline \(host h2/)
    assert.ok(performance.now() - submitting >= WAIT_MS)
  })

  it('take events of a lease only while it is held', async () => {
    await using farm = await AllocationFarm.start()
    let lease = ''
    let during: number | undefined
    const event = { type: 'device:state', device: 'a1', host: 'h1', state: 'idle', at: 1 } as const
    await farm.host('h1', [device('a1')], {
      runAttempt: async ({ grant }) => {
        lease = grant.lease
        during = await farm.runs.append('r', [event, event], lease)
        return { verdict: 'passed', reusable: ['a1'] }
      },
    })
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: '' } }])
    await farm.results('r', queues, 1)
    await farm.untilIdle(['a1'])
    assert.equal(during, 0)
    assert.equal(await farm.runs.append('r', [event], lease), undefined)
    assert.equal(await farm.redis.xlen(runStreamKey(farm.prefix, 'r')), 2)
  })

  it('drop events beyond their limit, details first, and never a failure or a result', async () => {
    await using farm = await AllocationFarm.start()
    const runs = new RunLeases(new LeaseScripts(farm.redis, { limits: { detailBytes: 20_000, testBytes: 40_000 } }))
    await runs.open('r')
    const ref = { module: 'm', lease: 'l', at: 1 }
    const signal: RunEvent = { type: 'signal', name: 's', branch: '', role: 'a', device: 'd', ...ref }
    const test = { type: 'test:end' as const, kind: 'test' as const, title: ['t'], durationMs: 1, retry: 0, ...ref }
    const append = async (event: RunEvent): Promise<number> =>
      (await runs.append('r', Array<RunEvent>(1000).fill(event))) ?? -1
    const signals = 1000 - (await append(signal))
    assert.ok(signals > 0 && signals * JSON.stringify(signal).length < 21_000, `${signals} signals`)
    assert.equal(await append(signal), 1000)
    const passed = 1000 - (await append({ ...test, state: 'passed' }))
    assert.ok(passed > 0 && passed < 500, `${passed} tests that passed`)
    assert.equal(await append({ ...test, state: 'failed' }), 0)
    const counts = { passed: 1, failed: 1, pending: 0 }
    assert.equal(await append({ type: 'attempt:end', attempt: 1, verdict: 'failed', durationMs: 1, counts, ...ref }), 0)
    assert.equal(await farm.redis.xlen(runStreamKey(farm.prefix, 'r')), signals + passed + 2000)
  })

  it('get modules of a stopping host requeued without a reason, and another host runs them', async () => {
    await using farm = await AllocationFarm.start()
    let started = (): void => {}
    const running = new Promise<void>(resolve => {
      started = resolve
    })
    const first = await farm.host('h1', [device('a1')], { runAttempt: endless(() => started()) })
    const queues = await farm.submit('r', [{ id: 'm', needs: { a: '' } }])
    await running
    await first.stop()
    const seen: unknown[] = []
    await farm.host('h2', [device('b1')], {
      runAttempt: ({ infraFailures, attempt }) => {
        seen.push(infraFailures, attempt)
        return Promise.resolve({ verdict: 'passed', reusable: ['b1'] })
      },
    })
    const [result] = await farm.results('r', queues, 1)
    assert.equal(result?.verdict, 'passed')
    assert.deepEqual(seen, [[], 1])
  })
})
