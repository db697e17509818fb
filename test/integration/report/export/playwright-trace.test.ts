import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { viewTrace } from '../../../support/report-readers.js'
import { zipEntry } from '../../../../src/device/apk/zip-entry.js'
import { writeExports } from '../../../../src/report/export/write-exports.js'
import { Story, startedAt } from '../../../unit/report/events.js'
import { addTrace, silent, traceOf, tracePath, withRun } from './a-run.js'

const screenPath = 'artifacts/m/1/fails/alice-screenshot.png'
const place = 'package.json:3:1'
const time = z.number().min(0)
const stack = z.array(z.object({ file: z.string(), line: z.int(), column: z.int() }))

/** Lines of a trace of Playwright, version 8 (packages/trace/src/trace.ts). */
const eventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('context-options'),
    version: z.literal(8),
    origin: z.literal('library'),
    browserName: z.string(),
    sdkLanguage: z.literal('javascript'),
    title: z.string(),
    wallTime: z.number(),
    monotonicTime: z.number(),
    contextId: z.string(),
    platform: z.string(),
    options: z.object({ viewport: z.object({ width: z.number(), height: z.number() }) }),
  }),
  z.object({
    type: z.literal('before'),
    callId: z.string(),
    startTime: time,
    title: z.string(),
    class: z.string(),
    method: z.string(),
    params: z.record(z.string(), z.unknown()),
    pageId: z.string(),
    stack,
  }),
  z.object({
    type: z.literal('after'),
    callId: z.string(),
    endTime: time,
    error: z.object({ name: z.string(), message: z.string() }).optional(),
  }),
  z.object({
    type: z.literal('screencast-frame'),
    pageId: z.string(),
    sha1: z.string(),
    width: z.number(),
    height: z.number(),
    timestamp: time,
  }),
  z.object({ type: z.literal('error'), message: z.string(), stack }),
  z.object({ type: z.enum(['stdout', 'stderr']), timestamp: time, text: z.string() }),
])

const eventsIn = (zip: Buffer, name: string) =>
  String(zipEntry(zip, name))
    .trimEnd()
    .split('\n')
    .map(line => eventSchema.parse(JSON.parse(line)))

describe("traces for Playwright's viewer", () => {
  it('have a context for each role, with steps, lines, screens and sources', async () => {
    const at = (ms: number): number => startedAt + 210 + ms
    const base = {
      type: 'command',
      branch: '',
      called: 'click',
      command: 'elementClick',
      selector: '#a',
      place,
    } as const
    const trace = traceOf(
      { type: 'test', title: ['chat', 'fails'], role: 'alice', at: at(0) },
      { ...base, call: 1, role: 'alice', start: at(1), end: at(20) },
      { type: 'pass', branch: '', role: 'bob', from: 'alice', at: at(40) },
      { ...base, call: 2, role: 'bob', start: at(50), end: at(60), error: 'no such element' },
    )
    const png = Buffer.alloc(24)
    png.writeUInt32BE(300, 16)
    png.writeUInt32BE(600, 20)
    const made = new Story().start('m')
    const attempt = made.attempt('m', 1, { alice: 'pixel-8', bob: 'bob' })
    attempt.log('out').artifact('alice', 'fails')
    attempt.test('fails', { state: 'failed', error: { name: 'Error', message: 'no', place } })
    addTrace(made, attempt)
    attempt.end('failed')
    made.end('m', 'failed', { lease: 'm-1' })

    await withRun(made, { [tracePath]: trace, [screenPath]: png.toString('latin1') }, async run => {
      await writeExports([{ name: 'playwright-trace' }], run, silent)
      const folder = path.join(run.directory, 'playwright-trace', 'test-m.ts-1')
      assert.deepEqual((await readdir(folder)).sort(), ['alice.zip', 'all.zip', 'bob.zip'])
      const all = await readFile(path.join(folder, 'all.zip'))
      const alice = eventsIn(all, '0-trace.trace')
      const titles = [alice, eventsIn(all, '1-trace.trace')].map(events =>
        events.flatMap(event => ('title' in event ? event.title : [])),
      )
      assert.deepEqual(titles, [
        ['test/m.ts: alice on pixel-8', 'alice: click() on #a'],
        ['test/m.ts: bob', 'bob: takes the baton from alice', 'bob: click() on #a'],
      ])
      const frame = alice.find(event => event.type === 'screencast-frame')
      assert.deepEqual([frame?.width, frame?.height], [300, 600])
      assert.deepEqual(zipEntry(all, `resources/${frame?.sha1}`)?.length, 24)
      const source = createHash('sha1').update(path.resolve('package.json')).digest('hex')
      assert.equal(String(zipEntry(all, `resources/src@${source}.txt`)), await readFile('package.json', 'utf8'))

      const viewed = await viewTrace(all)
      assert.deepEqual(viewed.actions, [
        'alice: click() on #a\n19ms',
        'bob: takes the baton from alice\n0ms',
        'bob: click() on #a\n10ms',
      ])
      assert.match(viewed.error, /no such element/)

      const bob = eventsIn(await readFile(path.join(folder, 'bob.zip')), 'trace.trace')
      const calls = bob.flatMap(event => (event.type === 'before' ? event.callId : []))
      assert.deepEqual(
        bob.flatMap(event => (event.type === 'after' ? event.callId : [])),
        calls,
      )
      assert.deepEqual(
        bob.flatMap(event => (event.type === 'after' && event.error ? event.error.message : [])),
        ['no such element'],
      )
      assert.ok(bob.some(event => event.type === 'stdout') && bob.some(event => event.type === 'error'))
    })
  })
})
