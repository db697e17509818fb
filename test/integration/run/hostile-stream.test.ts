import assert from 'node:assert/strict'
import type { RunEvent } from '../../../src/event/run-event.js'
import { queueKey } from '../../../src/queue/key-names.js'
import { connectFarm, type FarmConnection } from '../../../src/run/farm-connection.js'
import { followRun } from '../../../src/run/follow-run.js'
import { RedisServer } from '../../support/redis-server.js'
import { exitCodeOfVerdicts } from '../../../src/event/verdicts.js'

const ref = { module: 'm', lease: '7', at: 5 }
const attempt = { ...ref, attempt: 1 }
const counts = { passed: 1, failed: 0, pending: 0 }
const test = { ...ref, type: 'test:end', kind: 'test', title: ['t'], state: 'passed', durationMs: 1, retry: 0 }
const end = { ...attempt, type: 'attempt:end', verdict: 'passed', durationMs: 1, counts }
const artifact = { ...attempt, type: 'artifact', role: 'a', device: 'd', kind: 'screenshot', name: 's.png', bytes: 1 }
const start = {
  type: 'run:start',
  version: 1,
  run: 'r',
  modules: [{ id: 'm', file: 'm.ts', firstRole: 'a', roles: { a: '' } }],
  options: {},
  at: 1,
}

/** What somebody writes into a run's stream: entries whose only field is `event`, as text or to be made JSON. */
const nonsense: readonly unknown[] = [
  '',
  'null',
  '7',
  '"log"',
  '[]',
  '{}',
  '{"type":',
  '\u0000\u001B[2J',
  'x'.repeat(1_000_000),
  `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
  { at: 1 },
  { type: null, at: 1 },
  { type: 'constructor', at: 1 },
  { type: '__proto__', at: 1 },
  { type: 'later:event', ...ref },
  { type: 'module:loaded', ...ref },
  { type: 'module:loaded', ...ref, tests: -1 },
  { type: 'module:loaded', ...ref, tests: 1.5 },
  { type: 'module:loaded', ...ref, module: 'other', tests: 1 },
  { type: 'module:loaded', ...ref, module: '__proto__', tests: 1 },
  { type: 'module:loaded', tests: 1, lease: 7, module: 'm', at: 1 },
  { type: 'module:loaded', ...ref, tests: 1, at: '1' },
  { type: 'module:loaded', ...ref, tests: 1, at: 1e300 },
  { type: 'module:loaded', ...ref, tests: 1, at: -1 },
  { ...test, title: 't' },
  { ...test, title: [7] },
  { ...test, title: undefined },
  { ...test, state: 'great' },
  { ...test, durationMs: 'long' },
  { ...test, error: 'no' },
  { ...test, error: { name: 404, message: 'm' } },
  { ...test, error: { name: 'Error', message: { a: 1 } } },
  { ...test, trail: {} },
  { ...test, branches: [null] },
  { ...end, verdict: 'great' },
  { ...end, counts: { passed: '1' } },
  { ...end, counts: null },
  { ...end, attempt: 0 },
  { ...attempt, type: 'attempt:start', host: 'h', devices: ['d'] },
  { ...attempt, type: 'attempt:start', host: 'h' },
  { ...ref, type: 'log', stream: 'stdin', text: 'x' },
  { ...ref, type: 'log', stream: 'stdout', text: ['x'] },
  { ...artifact, bytes: 1e15 },
  { ...attempt, type: 'file', name: 'a', change: 'added', bytes: 1e15, key: 'k' },
  { ...artifact, bytes: -1 },
  { ...artifact, bytes: '1' },
  { ...artifact, kind: 'virus' },
  { ...artifact, name: undefined },
  { type: 'stage', stage: 'one', state: 'late', at: 1 },
  { type: 'stage', state: 'passed', at: 1 },
  { type: 'device:state', device: 'd', host: 7, state: 'idle', at: 1 },
  { ...ref, type: 'events:dropped', count: -5 },
  { type: 'run:end', exitCode: 0, durationMs: 1, at: 1 },
  { type: 'module:end', verdict: 'passed', attempts: 1, at: 1 },
  { type: 'module:end', module: 'other', verdict: 'passed', attempts: 1, at: 1 },
  start,
]

/** Of the module itself: it has ended, and nobody knows how. */
const badEnds: readonly object[] = [
  { type: 'module:end', module: 'm', verdict: 'great', attempts: 1, at: 1 },
  { type: 'module:end', module: 'm', verdict: 'passed', attempts: 'many', at: 1 },
  { type: 'module:end', module: 'm', at: 1 },
]

/** What a job returned, in BullMQ's event. */
const badResults = ['', 'null', '7', '{', '{"module":"other","verdict":"passed","attempts":1}', '{"verdict":"passed"}']

describe('nonsense in the stream of a run', () => {
  let server: RedisServer
  let farm: FarmConnection
  let runs = 0
  before(async () => {
    server = await RedisServer.start()
    farm = await connectFarm(`unix://${server.socket}`)
  })
  after(async () => {
    farm.close()
    await server[Symbol.asyncDispose]()
  })

  async function newRun(first: unknown = start): Promise<{ run: string; add: (event: unknown) => Promise<unknown> }> {
    const run = `r${++runs}`
    await farm.runs.open(run)
    const key = farm.runs.scripts.key('run', run)
    await farm.redis.hset(key, 'ttl', '')
    await farm.redis.sadd(`${key}:needs`, 'q')
    const add = async (event: unknown) =>
      farm.redis.xadd(`${key}:events`, '*', 'event', typeof event === 'string' ? event : JSON.stringify(event))
    await add(first)
    return { run, add }
  }

  async function follow(run: string) {
    const [events, warnings]: [RunEvent[], string[]] = [[], []]
    const verdicts = await followRun({
      run,
      farm,
      onEvent: event => events.push(event),
      fileTargets: { saveArtifact: () => Promise.reject(new Error('no file')), project: undefined },
      warn: line => warnings.push(line),
      stop: AbortSignal.timeout(20_000),
    })
    return { events, warnings, verdicts, exitCode: exitCodeOfVerdicts(verdicts.values()) }
  }

  for (const event of nonsense) {
    const text = JSON.stringify(event)
    it(`is left out with one warning: ${text.slice(0, 90)}`, async () => {
      const { run, add } = await newRun()
      await add(event)
      await add(end)
      await add({ type: 'module:end', module: 'm', verdict: 'passed', attempts: 1, at: 9 })
      const { events, warnings, exitCode } = await follow(run)
      assert.deepEqual(
        events.map(({ type }) => type),
        ['run:start', 'attempt:end', 'module:end'],
      )
      assert.equal(exitCode, 0)
      assert.equal(warnings.length, 1, warnings.join('\n'))
      assert.match(warnings[0] ?? '', /^ignored (entry \d+-\d+|an event .*) of the run in Redis: ./)
      assert.ok((warnings[0] ?? '').length < 500)
      assert.doesNotMatch(warnings[0] ?? '', /\p{Cc}/u)
    })
  }

  for (const event of badEnds) {
    it(`is the end of a lost module: ${JSON.stringify(event)}`, async () => {
      const { run, add } = await newRun()
      await add(event)
      const { warnings, verdicts, exitCode } = await follow(run)
      assert.deepEqual([...verdicts], [['m', 'lost']])
      assert.equal(warnings.length, 1)
      assert.equal(exitCode, 3)
    })
  }

  for (const returned of badResults) {
    it(`is the result of a lost module: ${returned || 'nothing'}`, async () => {
      const { run, add } = await newRun()
      const queue = queueKey(farm.prefix, 'q', 'events')
      await farm.redis.del(queue)
      await add(end)
      await farm.redis.xadd(queue, '*', 'event', 'completed', 'jobId', 'm-m', 'returnvalue', returned)
      const { verdicts, exitCode } = await follow(run)
      await farm.redis.del(queue)
      assert.deepEqual([[...verdicts], exitCode], [[['m', 'lost']], 3])
    })
  }

  it('is counted if there is much of it', async () => {
    const { run, add } = await newRun()
    for (let count = 0; count < 25; count++) await add('{}')
    await add({ type: 'module:end', module: 'm', verdict: 'passed', attempts: 1, at: 9 })
    const { warnings } = await follow(run)
    assert.equal(warnings.length, 11)
    assert.equal(warnings.at(-1), 'ignored 15 more events of the run in Redis')
  })

  it('is an error if it is the start of the run, or the start is missing', async () => {
    for (const first of [{ ...start, modules: 'many' }, { ...start, version: 'x' }, end]) {
      const { run } = await newRun(first)
      await assert.rejects(follow(run), { code: 'BATON_REDIS', message: /do not begin with its start/ })
    }
  })

  it('is an error if the stream is something else', async () => {
    const { run } = await newRun()
    await farm.redis.set(`${farm.runs.scripts.key('run', run)}:events`, 'text')
    await assert.rejects(follow(run), { code: 'BATON_REDIS', message: /Redis refused a command: WRONGTYPE/ })
  })
})
