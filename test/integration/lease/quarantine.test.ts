import assert from 'node:assert/strict'
import { AllocationFarm, device } from '../../support/allocation-farm.js'

describe('a device that a person quarantines', () => {
  it('ends its module first, serves no other one whatever its host finds, and serves again once restored', async () => {
    await using farm = await AllocationFarm.start()
    let start = (): void => {}
    let finish = (): void => {}
    const started = new Promise<void>(resolve => (start = resolve))
    const finished = new Promise<void>(resolve => (finish = resolve))
    let checks = 0
    const host = await farm.host('h1', [device('a1', 'android'), device('a2', 'android')], {
      check: async () => {
        checks += 1
        return { state: 'idle' }
      },
      runAttempt: async ({ grant }) => {
        if (grant.run === 'long') {
          start()
          await finished
        }
        return { verdict: 'passed', reusable: Object.values(grant.devices).map(granted => granted.device) }
      },
    })
    await farm.untilIdle(['a1', 'a2'])
    const long = await farm.submit('long', [{ id: 'm', needs: { a: 'name=a1' } }])
    await started
    const { registry } = farm
    const stateOf = async (name: string): Promise<string[]> => {
      const found = (await registry.listDevices()).find(each => each.name === name)
      return [found?.state ?? '', found?.reason ?? '', found?.lease?.run ?? '']
    }

    assert.equal(await registry.quarantineDevice('a1', 'cracked (ann)'), 'leased')
    assert.equal((await stateOf('a1'))[0], 'leased')
    finish()
    await farm.results('long', long, 1)
    await farm.untilState(['a1'], 'quarantined')
    assert.deepEqual(await stateOf('a1'), ['quarantined', 'cracked (ann)', ''])
    assert.equal((await registry.needState({ a: 'name=a1' })).answer, 'never')

    const before = checks
    await host.devices.setState('a1', 'checking', 'plugged in again')
    assert.deepEqual([checks, ...(await stateOf('a1'))], [before, 'quarantined', 'cracked (ann)', ''])
    const short = await farm.submit('short', [
      { id: 'one', needs: { a: 'android' } },
      { id: 'two', needs: { a: 'android' } },
    ])
    await farm.results('short', short, 2)
    // A module has its result a moment before its lease ends.
    await farm.untilIdle(['a2'])
    assert.equal(await registry.quarantineDevice('a2', 'spare'), 'done')
    assert.equal(await registry.restoreDevice('a2'), 'done')

    assert.equal(await registry.restoreDevice('a1'), 'done')
    await farm.untilIdle(['a1', 'a2'])
    assert(checks > before)
    assert.equal(await registry.restoreDevice('a1'), 'not-quarantined')
    assert.equal(await registry.restoreDevice('a9'), 'unknown')
    assert.equal(await registry.quarantineDevice('a9', 'x'), 'unknown')
    const log = (await registry.deviceHistory('a1')).states
    assert.deepEqual(
      log.map(({ state, reason }) => [state, reason]),
      [
        ['checking', ''],
        ['quarantined', 'cracked (ann)'],
        ['checking', ''],
      ],
    )
  })

  it('stays quarantined when its host starts again', async () => {
    await using farm = await AllocationFarm.start()
    const host = await farm.host('h1', [device('a1', 'android')])
    await farm.untilIdle(['a1'])
    await farm.registry.quarantineDevice('a1', 'cracked')
    await host.stop()
    await farm.host('h1', [device('a1', 'android')])
    await farm.untilState(['a1'], 'quarantined')
  })
})
