import assert from 'node:assert/strict'
import { sendCommand } from '../../../../src/script/command-interceptor.js'
import { ModuleTrace } from '../../../../src/script/trace/module-trace.js'
import { sendTrace } from '../../../../src/script/trace/send-trace.js'
import type { TracePart } from '../../../../src/script/worker-messages.js'
import { contextOf, runAsTest } from '../module-in-process.js'

/** The trace of what a test does, in the parts in which it is sent. */
async function partsOf(body: () => Promise<unknown>, trace = new ModuleTrace()): Promise<TracePart[]> {
  const context = { ...contextOf(['alice', 'bob']), trace }
  await runAsTest(context, body).catch(() => {})
  const parts: TracePart[] = []
  const take = (): void => sendTrace(context, message => message.type === 'trace' && parts.push(message))
  take()
  const { length } = parts
  take()
  assert.equal(parts.length, length)
  return parts
}

const send = (command: string, args: unknown[], result?: unknown): Promise<unknown> =>
  sendCommand({ role: 'alice', command, args }, () => Promise.resolve(result))

describe('the trace of a module', () => {
  it('keeps its last entries, and counts the earlier ones', async () => {
    const parts = await partsOf(async () => {
      for (let index = 0; index < 1_300; index++) await send('getTitle', [], `title ${index}`)
    }, new ModuleTrace(1_200))
    assert.deepEqual(
      parts.map(({ entries, dropped, last }) => [entries.length, dropped, last]),
      [
        [500, 100, false],
        [500, 100, false],
        [200, 100, true],
      ],
    )
    const results = parts.flatMap(({ entries }) => entries.map(entry => entry.type === 'command' && entry.result))
    assert.deepEqual([results[0], results.at(-1)], ['title 100', 'title 1299'])
  })

  it('has the error of a command, thrown or returned', async () => {
    const [part] = await partsOf(async () => {
      await send('findElement', ['css selector', '#no'], { error: 'no such element', message: 'there is none' })
      await sendCommand({ role: 'alice', command: 'back', args: [] }, () => Promise.reject(new Error('gone')))
    })
    assert.deepEqual(
      part?.entries.map(entry => entry.type === 'command' && [entry.selector, entry.error]),
      [
        ['#no', 'no such element'],
        [undefined, 'gone'],
      ],
    )
  })

  it('shows a command that has not ended, and survives what a module does to its arguments', async () => {
    const hostile = new Proxy({}, { get: () => assert.fail('no'), ownKeys: () => assert.fail('no') })
    const [part] = await partsOf(async () => {
      await send('elementClick', [hostile])
      void sendCommand({ role: 'alice', command: 'getUrl', args: [] }, () => new Promise(() => {}))
    })
    assert.deepEqual(
      part?.entries.map(entry => (entry.type === 'command' ? [entry.command, 'end' in entry] : entry.type)),
      [
        ['elementClick', true],
        ['getUrl', false],
      ],
    )
  })
})
