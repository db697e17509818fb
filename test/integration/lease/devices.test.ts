import assert from 'node:assert/strict'
import { once } from 'node:events'
import { BatonError } from '../../../src/error/baton-error.js'
import type { CheckVerdict } from '../../../src/host/allocation/allocation-checks.js'
import type { AllocationLoopOptions } from '../../../src/host/allocation/allocation-options.js'
import { abortOf } from '../../../src/host/attempt/attempt-abort.js'
import type { RunAttempt } from '../../../src/host/attempt/attempt.js'
import { FarmSecret } from '../../../src/lease/farm-secret.js'
import { HostLeases, type DeviceToCheck } from '../../../src/lease/host-leases.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'

/** A promise and what settles it. */
function gate<T = void>(): { opened: Promise<T>; open: (value: T) => void } {
  let open = (_value: T): void => {}
  const opened = new Promise<T>(resolve => {
    open = resolve
  })
  return { opened, open }
}

describe('devices of a farm', () => {
  it('are in state checking until their host reports them ready, and name their module', async () => {
    await using farm = await AllocationFarm.start()
    const check = gate<CheckVerdict>()
    const started = gate()
    const finish = gate()
    await farm.host('h1', [device('a1', 'android')], {
      check: () => check.opened,
      runAttempt: async () => {
        started.open()
        await finish.opened
        return { verdict: 'passed', reusable: ['a1'] }
      },
    })
    const queues = await farm.submit('r', [{ id: 'm', needs: { alice: 'android' } }])
    const [checking] = await farm.registry.listDevices()
    assert.deepEqual([checking?.state, checking?.host, checking?.labels], ['checking', 'h1', ['android', 'name=a1']])
    assert.match(checking?.reason ?? '', /joined/)
    check.open({ state: 'idle' })
    await started.opened
    const [leased] = await farm.registry.listDevices()
    assert.equal(leased?.state, 'leased')
    const { role, run, module, file, id = '' } = leased?.lease ?? {}
    assert.deepEqual({ role, run, module, file }, { role: 'alice', run: 'r', module: 'm', file: 'm.ts' })
    assert.equal(await farm.registry.holds('a1', id), true)
    assert.equal(await farm.registry.holds('a1', '1'), false)
    finish.open()
    await farm.results('r', queues, 1)
    await farm.untilIdle(['a1'])
    assert.equal(await farm.registry.holds('a1', id), false)
  })

  it('are quarantined with the reason and never offered if they fail their check', async () => {
    await using farm = await AllocationFarm.start()
    const host = await farm.host('h1', [device('a1', 'android'), device('a2', 'android')], {
      check: ({ device }) =>
        Promise.resolve(device === 'a1' ? { state: 'quarantined', reason: 'no session' } : { state: 'idle' }),
    })
    await farm.untilIdle(['a2'])
    const queues = await farm.submit('r', [
      { id: 'one', needs: { a: 'android' } },
      { id: 'two', needs: { a: 'android' } },
    ])
    assert.equal((await farm.results('r', queues, 2)).length, 2)
    const [a1] = await farm.registry.listDevices()
    assert.deepEqual([a1?.state, a1?.reason], ['quarantined', 'no session'])
    assert.equal((await farm.registry.needState({ a: 'name=a1' })).answer, 'never')
    await host.devices.setState('a2', 'offline', 'unplugged')
    assert.equal((await farm.registry.needState({ a: 'android' })).answer, 'later')
    await host.devices.setState('a2', 'checking', 'plugged in')
    await farm.untilIdle(['a2'])
    assert.equal((await farm.registry.needState({ a: 'android' })).answer, 'now')
  })

  it('stop their module at once if they leave, even remote ones, and it runs again with the reason', async () => {
    await using farm = await AllocationFarm.start()
    const started = gate()
    const seen: unknown[] = []
    const runAttempt: RunAttempt = async ({ infraFailures }, signal) => {
      if (infraFailures.length > 0) {
        seen.push(...infraFailures)
        return { verdict: 'passed', reusable: ['a1'] }
      }
      started.open()
      await once(signal, 'abort')
      seen.push(abortOf(signal)?.type)
      return { verdict: 'interrupted', reusable: [] }
    }
    await farm.host('h1', [device('a1', 'android')], { runAttempt })
    const deputy = await farm.host('h2', [device('b1', 'ios'), device('b2', 'ios')], { runAttempt })
    await farm.untilIdle(['a1', 'b1', 'b2'])
    await deputy.devices.setState('b2', 'offline', 'not yet')
    const queues = await farm.submit('r', [{ id: 'm', needs: { alice: 'android', bob: 'name=b1' } }])
    await started.opened
    await deputy.devices.setState('b1', 'offline', 'b1 was unplugged')
    await deputy.devices.setState('b1', 'checking', 'plugged in')
    const [result] = await farm.results('r', queues, 1)
    assert.deepEqual([result?.verdict, result?.attempts], ['passed', 1])
    assert.deepEqual(seen, ['device-lost', 'b1 was unplugged'])
  })

  it('are refused, by name and by udid, if another live host has them, which is named', async () => {
    await using farm = await AllocationFarm.start()
    const owner = await farm.host('h1', [{ ...device('a1'), udid: 'U1' }])
    const refusal = (text: RegExp) => (error: unknown) =>
      error instanceof BatonError && error.code === 'BATON_DEVICE_TAKEN' && text.test(error.message)
    await assert.rejects(farm.host('h2', [device('a1')]), refusal(/'a1' is served by host 'h1'/))
    await assert.rejects(farm.host('h2', [{ ...device('b1'), udid: 'U1' }]), refusal(/udid U1 of 'b1' .* host 'h1'/))
    await owner.stop()
    assert.equal((await farm.registry.listDevices())[0]?.state, 'offline')
    await farm.host('h2', [device('a1'), { ...device('b1'), udid: 'U1' }])
    await farm.untilIdle(['a1', 'b1'])
  })

  it('stay registered while their host is offline, and leave when it comes back without them', async () => {
    await using farm = await AllocationFarm.start()
    const first = await farm.host('h1', [device('a1'), device('a2')])
    await first.stop()
    const states = (await farm.registry.listDevices()).map(({ name, state }) => `${name} ${state}`)
    assert.deepEqual(states, ['a1 offline', 'a2 offline'])
    await farm.host('h1', [device('a2')])
    assert.deepEqual(
      (await farm.registry.listDevices()).map(({ name }) => name),
      ['a2'],
    )
  })

  it('are checked by their own host after they were remote devices, before they are offered again', async () => {
    await using farm = await AllocationFarm.start()
    const checks: DeviceToCheck[] = []
    const released = gate()
    const verdict = gate<CheckVerdict>()
    let leads = ''
    const execute = (): Promise<{ verdict: 'passed'; reusable: string[] }> =>
      Promise.resolve({ verdict: 'passed', reusable: ['a1', 'b1'] })
    await farm.host('h1', [device('a1', 'android')], {
      runAttempt: ({ grant }) => {
        leads = grant.lease
        assert.deepEqual(grant.devices['bob'], { device: 'b1', host: 'h2', gatewayUrl: 'http://h2' })
        return execute()
      },
    })
    await farm.host('h2', [device('b1', 'ios')], {
      runAttempt: execute,
      check: async asked => {
        checks.push(asked)
        if (checks.length === 1) return { state: 'idle' }
        released.open()
        return verdict.opened
      },
    })
    await farm.untilIdle(['a1', 'b1'])
    // h1 leads: it submits the wake-up, as its own device is among them.
    const queues = await farm.submit('r', [{ id: 'm', needs: { alice: 'android', bob: 'ios' } }])
    const [result] = await farm.results('r', queues, 1)
    assert.equal(result?.lease, leads)
    await released.opened
    assert.equal(checks[1]?.device, 'b1')
    assert.equal((await farm.registry.listDevices()).find(({ name }) => name === 'b1')?.state, 'checking')
    verdict.open({ state: 'idle' })
    await farm.untilIdle(['a1', 'b1'])
  })

  it('end their lease at once if the host of a remote device leaves, and the module runs elsewhere', async () => {
    await using farm = await AllocationFarm.start()
    const started = gate()
    const reasons: unknown[] = []
    const checks: DeviceToCheck[] = []
    let lease = ''
    const again: Partial<AllocationLoopOptions> = {
      ttlMs: 5000,
      runAttempt: ({ infraFailures }) => {
        reasons.push(...infraFailures)
        return Promise.resolve({ verdict: 'passed', reusable: ['c1'] })
      },
    }
    await farm.host('h1', [device('a1', 'android')], {
      ...again,
      check: asked => {
        checks.push(asked)
        return Promise.resolve({ state: 'idle' })
      },
      runAttempt: async (task, signal) => {
        if (task.infraFailures.length > 0) return again.runAttempt?.(task, signal) ?? assert.fail()
        lease = task.grant.lease
        started.open()
        await once(signal, 'abort')
        reasons.push(signal.reason)
        return { verdict: 'interrupted', reusable: [] }
      },
    })
    const deputy = await farm.host('h2', [device('b1', 'ios')], { ttlMs: 5000 })
    await farm.untilIdle(['a1', 'b1'])
    const queues = await farm.submit('r', [{ id: 'm', needs: { alice: 'android', bob: 'ios' } }])
    await started.opened
    await deputy.stop()
    await farm.host('h3', [device('c1', 'ios')], again)
    const [result] = await farm.results('r', queues, 1)
    assert.deepEqual([result?.verdict, result?.attempts], ['passed', 1])
    assert.equal(reasons.length, 2, 'the first was told to stop, the second knew why')
    for (const reason of reasons) assert.match(String(reason), /host h2 has stopped/)
    const [joined, expired] = checks
    assert.ok(joined && expired, 'nobody vouched for the device, and it was not checked')
    assert.match(expired.reason, /host h2 has stopped/)
    assert.ok(Number(expired.lease) > Number(lease), 'the lease was not raised')
  })

  it('come back after their host was removed, even if several heartbeats find out at the same time', async () => {
    await using farm = await AllocationFarm.start()
    const left = gate<string>()
    const host = await farm.host('h1', [device('a1')], { onReplaced: () => left.open('the host left') })
    await farm.untilIdle(['a1'])
    await farm.redis.zadd(`${farm.prefix}:hosts`, 1, 'h1')
    // Each device that comes brings a heartbeat.
    await Promise.all(['a2', 'a3'].map(name => host.devices.register(device(name))))
    assert.equal(await Promise.race([left.opened, farm.untilIdle(['a1', 'a2', 'a3'])]), undefined)
  })

  it('may be discovered before their host starts, and while it joins', async () => {
    await using farm = await AllocationFarm.start()
    const host = farm.newHost('h1', [])
    await host.devices.register(device('before'))
    await host.devices.setState('before', 'checking', 'it came back')
    const started = host.start()
    await Promise.all(['during-1', 'during-2'].map(name => host.devices.register(device(name))))
    await host.devices.setState('before', 'checking', 'it came back')
    await started
    await farm.untilIdle(['before', 'during-1', 'during-2'])
    assert.deepEqual(farm.errors, [])
  })

  it('do not keep their host from joining if they are discovered meanwhile and taken', async () => {
    await using farm = await AllocationFarm.start()
    await farm.host('h0', [device('taken')])
    const host = farm.newHost('h1', [device('own')])
    const started = host.start()
    await assert.rejects(host.devices.register(device('taken')), { code: 'BATON_DEVICE_TAKEN' })
    await started
    await farm.untilIdle(['own', 'taken'])
  })

  it('join only if hosts on different machines reach their gateways', async () => {
    await using farm = await AllocationFarm.start()
    const identity = { incarnation: 'i1', gatewayUrl: 'http://h', ttlMs: 60_000, secret: new FarmSecret() }
    const leases = (name: string, machine: string, isLocalOnly: boolean, incarnation = 'i1'): HostLeases =>
      new HostLeases(farm.scripts, { ...identity, name, machine, isLocalOnly, incarnation })
    const refused = (message: RegExp) => ({ code: 'BATON_GATEWAY_UNREACHABLE', message })
    assert.equal(await leases('h1', 'm1', true).join([]), 'joined')
    assert.equal(await leases('h2', 'm1', true).join([]), 'joined')
    // a host of an older version does not say where it is
    assert.equal(await leases('h0', '', true).join([]), 'joined')
    await assert.rejects(
      leases('h3', 'm2', false).join([]),
      refused(/host 'h[12]' is reached .* host 'h3' is on another/),
    )
    for (const name of ['h1', 'h2']) await leases(name, 'm1', true).leave('gone')
    assert.equal(await leases('h3', 'm2', false).join([]), 'joined')
    assert.equal(await leases('h4', 'm3', false).join([]), 'joined')
    await assert.rejects(
      leases('h1', 'm1', true).join([]),
      refused(/host 'h1' \(http:\/\/h\) is reached .* host 'h[34]'/),
    )
    // one that is refused takes nothing from the process that serves under its name
    await assert.rejects(leases('h4', 'm3', true, 'i2').join([]), refused(/host 'h4'/))
    assert.equal(await farm.redis.hget(`${farm.prefix}:host:h4`, 'incarnation'), 'i1')
  })

  it('are checked again if they left during their lease and the check after it found them well', async () => {
    await using farm = await AllocationFarm.start()
    const started = gate()
    const runAttempt: RunAttempt = async ({ infraFailures }, signal) => {
      if (infraFailures.length > 0) return { verdict: 'passed' }
      started.open()
      if (!signal.aborted) await once(signal, 'abort')
      return { verdict: 'interrupted' }
    }
    const host = await farm.host('h1', [device('a1', 'android')], { runAttempt })
    const queues = await farm.submit('r', [{ id: 'm', needs: { alice: 'android' } }])
    await started.opened
    await host.devices.setState('a1', 'offline', 'unplugged')
    const [result] = await farm.results('r', queues, 1)
    assert.equal(result?.verdict, 'passed')
  })

  it('are not offered after a check under an older lease, nor by a host that was removed', async () => {
    await using farm = await AllocationFarm.start()
    const host = { name: 'h1', incarnation: 'i1', gatewayUrl: 'http://h1', ttlMs: 60_000, secret: new FarmSecret() }
    const leases = new HostLeases(farm.scripts, host)
    await leases.join([device('a1')])
    const [first] = (await leases.registerDevices([device('a1')])) ?? []
    const { lease = '' } = await leases.setDeviceState('a1', 'checking', 'its session ended')
    assert.equal((await leases.offerDevice('a1', first?.lease ?? '')).offered, false)
    assert.equal(
      (await new HostLeases(farm.scripts, { ...host, incarnation: 'i0' }).offerDevice('a1', lease)).offered,
      false,
    )
    assert.equal((await leases.offerDevice('a1', lease)).offered, true)
  })
})
