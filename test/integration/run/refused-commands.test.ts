import assert from 'node:assert/strict'
import type { RunEvent } from '../../../src/event/run-event.js'
import { cleanUpRun, forgetRun } from '../../../src/lease/forget-run.js'
import { obliterateQueue } from '../../../src/queue/obliterate-queue.js'
import { connectFarm, type FarmConnection } from '../../../src/run/farm-connection.js'
import { detachRun } from '../../../src/run/detach-run.js'
import { executeRun, type RunOutcome } from '../../../src/run/execute-run.js'
import type { RunOptions } from '../../../src/run/run-options.js'
import type { PlannedModule } from '../../../src/run/selection/plan-modules.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'
import { emptyBundle } from '../../support/execute-modules.js'
import { redisRefusals } from '../../support/redis-refusals.js'

function planned(id: string, stage?: string): PlannedModule {
  const module = { id, file: `${id}.ts`, firstRole: 'a', roles: { a: 'name=none' }, loaded: { bundle: emptyBundle } }
  return { ...module, ...(stage !== undefined && { stage }) } as unknown as PlannedModule
}

const runOptions = {
  on: [],
  retries: 0,
  waitTimeoutMs: 60_000,
  bail: false,
  apps: [{ hash: 'app', name: 'app.apk', content: Buffer.from('app') }],
  execution: { video: 'off' },
} as unknown as RunOptions

/** Calls `onCommand` with the number of each command of a connection before it is sent; an error is its reply. */
function intercept(farm: FarmConnection, onCommand: (count: number) => Promise<Error | undefined>): void {
  const { redis } = farm
  const send = redis.sendCommand.bind(redis)
  let count = 0
  redis.sendCommand = (command, stream) => {
    void onCommand(count++).then(error => {
      if (error) command.reject(error)
      else void Promise.resolve(send(command, stream)).catch(() => {})
    })
    return command.promise
  }
}

function replyError(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' })
}

interface Submitted {
  outcome: RunOutcome
  events: RunEvent[]
}

/** Runs two modules in two stages, which no device can take, and stops when they wait. */
async function submit(farm: FarmConnection, run: string): Promise<Submitted> {
  const events: RunEvent[] = []
  const stop = new AbortController()
  const outcome = await executeRun({
    run,
    farm: { ...farm, another: () => (stop.abort('it was submitted'), farm.another()) },
    modules: [planned('m1', 'one'), planned('m2', 'two')],
    stages: [
      { name: 'one', after: [] },
      { name: 'two', after: [{ stage: 'one', when: 'end' }] },
    ] as never,
    options: runOptions,
    onEvent: event => events.push(event),
    fileTargets: {} as never,
    warn: () => {},
    stop: stop.signal,
    farmLost: new Promise(() => {}),
    forget: () => forgetRun(farm.runs, run),
    ownerTtlMs: 60_000,
  })
  return { outcome, events }
}

const endsOf = (events: readonly RunEvent[]): string[] =>
  events.flatMap(event => (event.type === 'module:end' ? [`${event.module} ${event.verdict}`] : [])).toSorted()

describe('a Redis that refuses commands of a run', () => {
  let allocation: AllocationFarm
  let url: string
  let commands = 0
  before(async () => {
    allocation = await AllocationFarm.start()
    url = `unix://${allocation.server.socket}`
    const farm = await connectFarm(url)
    intercept(farm, async count => void (commands = count))
    const { outcome, events } = await submit(farm, 'all')
    assert.equal(outcome.farmFailure, undefined)
    assert.deepEqual(endsOf(events), ['m1 not-run', 'm2 not-run'])
    farm.close()
  })
  after(() => allocation[Symbol.asyncDispose]())

  it('ends the run with one clear error and all results, whichever command it is', async () => {
    assert.ok(commands > 15, `only ${commands} commands`)
    for (let refused = 0; refused <= commands; refused++) {
      const farm = await connectFarm(url)
      const refusal = redisRefusals[refused % redisRefusals.length] ?? ''
      intercept(farm, async count => (count === refused ? replyError(refusal) : undefined))
      const { outcome, events } = await submit(farm, `refused-${refused}`)
      if (outcome.farmFailure) assert.match((outcome.farmFailure as { code?: string }).code ?? '', /^BATON_REDIS$/)
      assert.deepEqual(endsOf(events), ['m1 not-run', 'm2 not-run'], refusal)
      farm.close()
    }
  })

  it('leaves no key if the run is removed while it is submitted', async () => {
    await allocation.redis.flushall()
    for (let removed = 0; removed <= commands; removed += 2) {
      const run = `removed-${removed}`
      const farm = await connectFarm(url)
      let cleanUp: Promise<unknown> | undefined
      intercept(farm, async count => {
        if (count === removed) await (cleanUp = cleanUpRun(allocation.runs, run, 'its owner has vanished'))
        return undefined
      })
      await submit(farm, run)
      await cleanUp // a run that stops does not wait for all of its commands
      farm.close()
      const keys = [`*${run}*`, '*bundle*'].map(pattern => allocation.redis.keys(pattern))
      assert.deepEqual(
        (await Promise.all(keys)).flat().filter(key => !key.endsWith(`run:${run}:events`)),
        [],
      )
    }
  })

  it('leaves no key if two hosts clean up a run at the same time', async () => {
    const [queue = ''] = await allocation.submit('twice', [{ id: 'm', needs: { a: 'name=none' } }])
    await obliterateQueue(allocation.redis, allocation.prefix, queue)
    await allocation.runs.cancel('twice', 'its owner has vanished')
    await allocation.scripts.call('forget-run', 'twice', '0')
    assert.deepEqual(await allocation.redis.keys('*twice*'), [])
  })

  it('keeps a detached run whose submission takes longer than its owner may be silent', async () => {
    await allocation.host('h1', [device('a1')])
    const farm = await connectFarm(url)
    const { redis } = farm
    const send = redis.sendCommand.bind(redis)
    redis.sendCommand = (command, stream) => {
      if (command.name !== 'set') return send(command, stream)
      setTimeout(() => void send(command, stream), 1_500)
      return command.promise
    }
    const options = { ...runOptions, apps: [{ hash: 'slow', name: 'slow.apk', content: Buffer.from('app') }] } as never
    const submission = { run: 'slow', modules: [], stages: [], options, stop: new AbortController().signal }
    await detachRun({ farm, ...submission, ownerTtlMs: 600, details: { secrets: [] } })
    assert.deepEqual(await farm.runs.loadDetachedRun('slow'), { secrets: [] })
    farm.close()
  })
})
