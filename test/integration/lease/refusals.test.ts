import assert from 'node:assert/strict'
import type { AttemptTask } from '../../../src/host/attempt/attempt.js'
import type { AttemptOutcome } from '../../../src/host/attempt/judge-attempt.js'
import { forgetRun } from '../../../src/lease/forget-run.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'

const devicesOf = ({ grant }: AttemptTask): string[] => Object.values(grant.devices).map(each => each.device)

/** Devices that refuse an app, each time; who was asked is written down. */
class Refusing {
  readonly asked: string[] = []
  readonly ran = new Map<string, string[]>()

  constructor(private readonly refuses: (device: string, app: unknown) => boolean) {}

  readonly runAttempt = (task: AttemptTask): Promise<AttemptOutcome> => {
    const reusable = devicesOf(task)
    const { module, options } = task.module
    const refusing = reusable.find(name => this.refuses(name, options['app']))
    if (refusing === undefined) {
      this.ran.set(module, reusable.toSorted())
      return Promise.resolve({ verdict: 'passed', reusable })
    }
    this.asked.push(`${refusing} ${String(options['app'])}`)
    const reason = 'chat.apk could not be installed: no room'
    return Promise.resolve({ verdict: 'infrastructure', refusedBy: refusing, reason, reusable })
  }
}

const module = (id: string, app: string, needs: Record<string, string> = { a: 'android' }) => ({
  id,
  needs,
  app,
  options: { app },
})

describe("a device that refuses a run's app", () => {
  it('gets it once, serves no module of that run with that app, and still serves others', async () => {
    await using farm = await AllocationFarm.start()
    const refusing = new Refusing((name, app) => name === 'a1' && app === 'bad')
    await farm.host('h1', [device('a1', 'android')], refusing)
    await farm.host('h2', [device('a2', 'android')], refusing)
    const modules = [...Array.from({ length: 12 }, (_, index) => module(`m${index}`, 'bad')), module('x', 'good')]
    const needs = [{ a: 'android' }, { other: 'android' }, { a: 'android,,name=a1' }]
    const all = modules.map((each, index) => ({ ...each, needs: needs[index % 3] ?? {} }))
    const queues = await farm.submit('r', [...all, module('on-a1', 'good', { a: 'name=a1' })])
    const results = await farm.results('r', queues, all.length + 1)
    assert.deepEqual(new Set(results.map(({ verdict }) => verdict)), new Set(['passed']))
    const onA1 = [...refusing.ran].filter(([, devices]) => devices.includes('a1')).map(([id]) => id)
    assert.ok(onA1.includes('on-a1') && onA1.every(id => ['on-a1', 'x'].includes(id)), onA1.join())
    assert.deepEqual(refusing.asked, ['a1 bad'])
    await farm.untilIdle(['a1', 'a2'])
  })

  it('gets it once even if all devices refuse, and the modules are lost at once with all reasons', async () => {
    await using farm = await AllocationFarm.start()
    const refusing = new Refusing(() => true)
    await farm.host('h1', [device('a1', 'android'), device('a2', 'android'), device('c1')], refusing)
    const modules = Array.from({ length: 8 }, (_, index) => module(`m${index}`, 'bad'))
    const queues = await farm.submit('r', modules, { waitMs: 3_600_000 })
    const results = await farm.results('r', queues, 8)
    for (const { verdict, reasons } of results) {
      assert.deepEqual(
        [verdict, reasons],
        [
          'lost',
          [
            "no device of the farm can serve it: role 'a' asks for any android: a1, a2: chat.apk could not be installed: no room",
          ],
        ],
      )
    }
    assert.deepEqual(refusing.asked.toSorted(), ['a1 bad', 'a2 bad'])
    await farm.untilIdle(['a1', 'a2', 'c1'])
    await forgetRun(farm.runs, 'r')
    assert.deepEqual(await farm.redis.keys('*refused*'), [])
  })

  it('is not reserved for a module of several roles that can never be served', async () => {
    await using farm = await AllocationFarm.start()
    const refusing = new Refusing((name, app) => name === 'a1' && app === 'bad')
    await farm.host('h1', [device('a1', 'android'), device('a2', 'android')], refusing)
    const both = await farm.submit('r', [module('both', 'bad', { a: 'android', b: 'android' })])
    const [lost] = await farm.results('r', both, 1)
    assert.equal(lost?.verdict, 'lost')
    const one = await farm.submit('s', [module('one', 'bad', { a: 'name=a2' }), module('two', 'good')])
    const results = await farm.results('s', one, 2)
    assert.deepEqual(
      results.map(({ verdict }) => verdict),
      ['passed', 'passed'],
    )
  })

  it('is replaced by its backup at once', async () => {
    await using farm = await AllocationFarm.start()
    const refusing = new Refusing((name, app) => name === 'a1' && app === 'bad')
    await farm.host('h1', [device('a1', 'android'), device('a2', 'android')], refusing)
    const queues = await farm.submit('r', [module('m', 'bad', { a: 'name=a1,,name=a2' })])
    const [result] = await farm.results('r', queues, 1)
    assert.equal(result?.verdict, 'passed')
    assert.deepEqual(refusing.ran.get('m'), ['a2'])
  })
})
