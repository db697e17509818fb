import assert from 'node:assert/strict'
import type { TraceEntry } from '../../../src/event/trace.js'
import type { JobOptions } from './farm.js'
import { TestFarm } from './farm.js'

describe('the trace of a module', () => {
  let farm: TestFarm
  before(async () => {
    farm = await TestFarm.start()
  })
  after(() => farm.close())

  async function traceOf(code: string, options: JobOptions = {}): Promise<TraceEntry[]> {
    const entries: TraceEntry[] = []
    const onTrace = (part: { entries: TraceEntry[] }): void => void entries.push(...part.entries)
    await farm.run(code, { trace: 'on', ...options, execute: { ...options.execute, onTrace } })
    return entries
  }

  it('names what the script called, on which element, and where', async () => {
    const entries = await traceOf(`
      it('acts', async () => {
        await useDevice('bob')
        await $('#one').click()
        await $('#input').setValue('hi')
      })`)
    const commands = entries.flatMap(entry => (entry.type === 'command' ? [entry] : []))
    const acts = commands.filter(({ called }) => called !== '$')
    assert.deepEqual(
      acts.map(({ role, called, selector, command, args, place }) => {
        return [role, called, selector, command, args, place?.replace(/^.*:(\d+):\d+$/, '$1')]
      }),
      [
        ['bob', 'click', '#one', 'elementClick', undefined, '7'],
        ['bob', 'setValue', '#input', 'elementClear', undefined, '8'],
        ['bob', 'setValue', '#input', 'elementSendKeys', ['hi'], '8'],
      ],
    )
    const [click, clear, type] = acts.map(({ call }) => call)
    assert.equal(clear, type)
    assert.notEqual(click, clear)
    for (const { start: from, end = 0 } of commands) assert.ok(end >= from)
    const passes = entries.flatMap(entry => (entry.type === 'pass' ? [[entry.from, entry.role]] : []))
    assert.deepEqual(passes, [
      [undefined, 'alice'],
      ['alice', 'bob'],
    ])
  })

  it('shows whom a branch waits for, and why a wait failed', async () => {
    const entries = await traceOf(`
      it('waits', async () => {
        await parallel({ alice: () => barrier('ready'), bob: () => barrier('ready') })
        await barrier('never', { of: ['alice', 'bob'], timeout: 1 })
      })`)
    const waits = entries.flatMap(entry => (entry.type === 'wait' && entry.on === 'barrier' ? [entry] : []))
    assert.deepEqual(
      waits.map(wait => [wait.branch, wait.name, wait.for, wait.error?.split(',', 1)[0]]),
      [
        ['alice', 'ready', ['bob'], undefined],
        ['bob', 'ready', [], undefined],
        ['', 'never', ['bob'], "barrier('never') timed out after 1 ms"],
      ],
    )
  })

  it('is sent for a module that failed, hung or ended its process, and not for one that passed', async () => {
    const types = async (code: string, options: JobOptions = {}): Promise<string[]> => {
      const entries = await traceOf(code, { trace: 'retain-on-failure', ...options })
      return entries.map(({ type }) => type)
    }
    assert.deepEqual(await types("it('passes', () => useDevice('bob'))"), [])
    const started = ['test', 'pass', 'pass']
    assert.deepEqual(await types("it('fails', async () => { await useDevice('bob'); throw new Error('no') })"), started)
    assert.deepEqual(await types("it('ends', async () => { await useDevice('bob'); process.exit(1) })"), started)
    // Long enough for a busy machine to come to the wait.
    const hangs = "it('hangs', async () => { await useDevice('bob'); await new Promise(() => {}) })"
    assert.deepEqual(await types(hangs, { execute: { moduleTimeoutMs: 4_000 } }), started)
  })
})
