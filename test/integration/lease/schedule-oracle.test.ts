import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { selectorForLabels, type Needs } from '../../../src/device/selector.js'
import { forgetRun } from '../../../src/lease/forget-run.js'
import type { Grant } from '../../../src/lease/grant.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'
import { AllocatorModel } from '../../support/allocator-model.js'

const labels = ['android', 'ios', 'tablet', 'phone']
const selectors = fc.oneof(
  { weight: 4, arbitrary: fc.subarray(labels, { maxLength: 2 }).map(selectorForLabels) },
  { weight: 1, arbitrary: fc.constantFrom('name=d0', 'name=d1') },
)
const needs: fc.Arbitrary<Needs> = fc
  .array(selectors, { minLength: 1, maxLength: 4 })
  .map(list => Object.fromEntries(list.map((selector, i) => [`role${i}`, selector])))
const farms = fc.record({
  devices: fc
    .array(fc.subarray(labels), { minLength: 1, maxLength: 7 })
    .map(sets => sets.map((set, i) => device(`d${i}`, ...set))),
  needs: fc.array(needs, { minLength: 1, maxLength: 6 }),
})
const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('submit' as const),
        which: fc.nat(),
        jobs: fc.integer({ min: 1, max: 3 }),
        failedOn: fc.subarray(['d0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6']),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('fetch' as const), which: fc.nat() }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('release' as const), which: fc.nat() }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('turn over' as const),
        which: fc.nat(),
        leases: fc.integer({ min: 1, max: 3 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('unplug' as const), which: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('plug' as const), which: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('ready' as const), which: fc.nat() }) },
  ),
  { minLength: 1, maxLength: 25 },
)
type Step = typeof steps extends fc.Arbitrary<(infer T)[]> ? T : never

const pick = <T>(list: readonly T[], which: number): T | undefined => list[which % list.length]

async function apply(model: AllocatorModel, fetched: Set<string>, step: Step): Promise<void> {
  const leases = [...model.leases.values()]
  const fetch = async (grant: Grant): Promise<void> => {
    if (fetched.has(grant.lease)) return
    fetched.add(grant.lease)
    await model.fetch(grant)
  }
  switch (step.do) {
    case 'submit': {
      const need = pick(model.needs, step.which)
      return need && model.submit(need, step.jobs, step.failedOn)
    }
    case 'fetch': {
      const grant = pick(leases, step.which)
      return grant && fetch(grant)
    }
    case 'release': {
      const grant = pick(leases, step.which)
      if (!grant) return
      await fetch(grant)
      return model.release(grant)
    }
    case 'turn over': {
      const released = leases.filter((_, i) => (i + step.which) % leases.length < step.leases)
      for (const grant of released) await fetch(grant)
      await model.releaseAndSchedule(released)
      return
    }
    case 'unplug':
    case 'plug': {
      const { name = '' } = pick(model.devices, step.which) ?? {}
      return model[step.do](name)
    }
    case 'ready': {
      const name = pick([...model.starting], step.which)
      return name === undefined ? undefined : model.ready(name)
    }
  }
}

describe('schedule and the oracle (allocation test 2)', () => {
  let farm: AllocationFarm
  before(async () => {
    farm = await AllocationFarm.start()
  })
  after(() => farm[Symbol.asyncDispose]())

  it('agree on random farms: grants, reservation, greedy traps, arrivals, departures, devices to avoid', async () => {
    // fast-check's own time limit would leave a case behind that still works on the farm of the next test.
    const until = performance.now() + 8_000
    await fc.assert(
      fc.asyncProperty(farms, steps, async ({ devices, needs }, steps) => {
        if (performance.now() > until) return
        const model = await AllocatorModel.start(farm, devices, needs)
        const fetched = new Set<string>()
        for (const step of steps) {
          await apply(model, fetched, step)
          const { decision } = await model.schedule()
          const { reservation } = decision
          if (reservation) {
            const gang = model.needs.find(need => need.queue === reservation.need)
            assert.ok(
              reservation.devices.length < (gang?.roles.length ?? 0),
              'a gang that has all its devices is served',
            )
          }
          const held = [...model.leases.values()].flatMap(grant => Object.values(grant.devices).map(d => d.device))
          assert.equal(new Set(held).size, held.length, 'no device in two leases')
        }
        await drain(model, fetched)
      }),
      { numRuns: 250 },
    )
  })

  it('avoid a greedy trap: any android, and the one pixel-8, on a pixel-8 and another', async () => {
    const model = await AllocatorModel.start(
      farm,
      [device('pixel-8', 'android'), device('moto', 'android')],
      [{ a: 'android', b: 'name=pixel-8' }, { a: 'name=moto' }],
    )
    const [pair] = model.needs
    assert.ok(pair)
    await model.submit(pair, 1)
    const { grants } = await model.schedule()
    assert.deepEqual(
      grants.map(grant => [grant.devices['a']?.device, grant.devices['b']?.device]),
      [['moto', 'pixel-8']],
    )
  })

  it('look past the devices that are reserved', async () => {
    const model = await AllocatorModel.start(
      farm,
      [
        device('t1', 'tablet', 'android'),
        ...['d1', 'd2', 'd3'].map(name => device(name, 'android', 'moto')),
        device('x'),
      ],
      [{ a: 'tablet', b: 'name=x' }, { a: 'android', b: 'android' }, { a: 'android' }, { a: 'name=x' }, { a: 'moto' }],
    )
    const [gang, pair, single, busy] = model.needs
    assert.ok(gang && pair && single && busy)
    await model.submit(busy, 1)
    await model.schedule()
    for (const name of ['t1', 'd1', 'd2', 'd3']) {
      await model.unplug(name)
      await model.plug(name)
      await model.ready(name)
    }
    await model.submit(gang, 1)
    await model.submit(pair, 1)
    await model.submit(single, 1)
    const { grants, decision } = await model.schedule()
    assert.deepEqual(decision.reservation, { need: gang.queue, devices: ['t1'] })
    assert.deepEqual(
      grants.map(grant => grant.queue),
      [pair.queue, single.queue],
    )
  })

  it('reserve nothing for a gang that needs a device which is still starting', async () => {
    const model = await AllocatorModel.start(
      farm,
      [device('d0', 'android'), device('d1', 'ios')],
      [{ a: 'android', b: 'ios' }, { a: 'android' }],
    )
    const [gang, single] = model.needs
    assert.ok(gang && single)
    await model.unplug('d1')
    await model.plug('d1')
    await model.submit(gang, 1)
    await model.submit(single, 2)
    const early = await model.schedule()
    assert.deepEqual(
      early.grants.map(grant => grant.queue),
      [single.queue],
    )
    const [first] = early.grants
    assert.ok(first)
    await model.fetch(first)
    await model.ready('d1')
    const then = await model.schedule()
    assert.deepEqual(then.decision, { grants: [], reservation: { need: gang.queue, devices: ['d1'] } })
    await model.release(first)
    const last = await model.schedule()
    assert.deepEqual(
      last.grants.map(grant => grant.queue),
      [gang.queue],
    )
  })

  it('prefer the device that the fewest selectors match, even if it was free before they were known', async () => {
    const model = await AllocatorModel.start(
      farm,
      [device('d0', 'android', 'tablet'), device('d1', 'android')],
      [{ a: 'android' }, { a: 'tablet' }],
    )
    const [android] = model.needs
    assert.ok(android)
    await model.submit(android, 1)
    const { grants } = await model.schedule()
    assert.deepEqual(
      grants.map(grant => grant.devices['a']?.device),
      ['d1'],
    )
  })

  it('prefer the longest idle device again when the run with the competing selector is over', async () => {
    const model = await AllocatorModel.start(
      farm,
      [device('d0', 'android', 'tablet'), device('d1', 'android')],
      [{ a: 'android' }],
    )
    await farm.runs.open('other', { ttlMs: 3_600_000 })
    await farm.runs.registerNeeds('other', { a: 'tablet' })
    await forgetRun(farm.runs, 'other')
    const [android] = model.needs
    assert.ok(android)
    await model.submit(android, 1)
    const { grants } = await model.schedule()
    assert.deepEqual(
      grants.map(grant => grant.devices['a']?.device),
      ['d0'],
    )
  })
})

/** Whatever came before: while devices are given back, every need that the online devices fit is served to the last module. */
async function drain(model: AllocatorModel, fetched: Set<string>): Promise<void> {
  const open = (): number =>
    model.needs.filter(need => model.feasible(need.roles)).reduce((sum, need) => sum + model.waiting(need), 0)
  // Fairness bounds each wait: everything that runs ends once, for each need that is ahead.
  const bound =
    (model.needs.length + 1) *
    (model.devices.length + 1) *
    (1 + Math.max(...model.needs.map(need => model.waiting(need))))
  let releases = 0
  for (;;) {
    await model.schedule()
    const [oldest] = model.leases.values()
    if (!oldest) break
    if (!fetched.has(oldest.lease)) await model.fetch(oldest)
    await model.release(oldest)
    releases += 1
    assert.ok(releases <= bound, `starved or stuck after ${releases} releases`)
  }
  assert.equal(open(), 0, 'modules that could be served still wait, and nothing runs')
}
