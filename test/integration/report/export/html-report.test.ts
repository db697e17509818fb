import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { DOMParser } from '@xmldom/xmldom'
import * as fc from 'fast-check'
import type { TraceEntry } from '../../../../src/event/trace.js'
import { FinishedRun } from '../../../../src/report/export/finished-run.js'
import { formatHtml } from '../../../../src/report/html/format-html.js'
import { escapeHtml } from '../../../../src/report/html/html.js'
import { Story, startedAt } from '../../../unit/report/events.js'
import { addTrace, traceOf, tracePath, withRun } from './a-run.js'

const hostile = `</script><img src=x onerror="alert(1)">'"&`

/** A module whose texts are all the same. */
function failedRun(text: string): Story {
  const made = new Story().start('m')
  const attempt = made.attempt('m', 1, { alice: text, bob: 'bob' })
  attempt.log(text).artifact('alice', 'fails')
  attempt.test('fails', { state: 'failed', error: { name: 'Error', message: text, codeFrame: text, stack: text } })
  addTrace(made, attempt, text)
  attempt.end('failed')
  return made.end('m', 'failed', { lease: 'm-1', reasons: [text] })
}

function traced(text: string): TraceEntry[] {
  const at = (ms: number): number => startedAt + ms
  const act = { branch: '', role: 'alice', place: text }
  return [
    { type: 'test', title: [text], role: 'alice', at: at(0) },
    {
      type: 'command',
      ...act,
      called: text,
      call: 1,
      command: 'a',
      selector: text,
      start: at(1),
      end: at(9),
      error: text,
    },
    { type: 'pass', branch: '', role: text, from: 'alice', at: at(10) },
    { type: 'wait', ...act, on: 'barrier', name: text, for: [text], start: at(20) },
  ]
}

/** The page's own script, which its policy allows by its hash. */
function scriptsOf(page: string): string[] {
  return [...page.matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map(([, script = '']) => script)
}

describe('the HTML report', () => {
  it('has a lane for each role, with calls, waits and passes, and links to the steps', async () => {
    const page = await withRun(failedRun('text'), { [tracePath]: traceOf(...traced('text')) }, formatHtml)
    assert.match(page, /<h1>\s*1 failed\s*<\/h1>/)
    const svg = /<svg.*?<\/svg\s*>/s.exec(page)?.[0] ?? ''
    const lanes = new DOMParser().parseFromString(svg, 'image/svg+xml')
    const marks = (name: string) => Array.from(lanes.getElementsByTagName(name))
    assert.deepEqual(
      marks('rect').map(rect => rect.getAttribute('class') ?? rect.getAttribute('fill')),
      ['bad', 'url(#module-m-attempt-1-hatch)'],
    )
    assert.equal(marks('path').length, 1)
    const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) assert.ok(ids.has(target), target)
    assert.match(page, /src="artifacts\/m\/1\/fails\/alice-screenshot\.png"/)
  })

  it('has a lane for each device, with its attempts in order', async () => {
    const made = new Story().start('m', 'n')
    made.attempt('m', 1, { alice: 'phone-10', bob: 'phone-2' }).end('failed')
    made.attempt('m', 2, { alice: 'phone-2', bob: 'phone-10' }).end('passed')
    made.end('m', 'flaky', { lease: 'm-2' })
    made.attempt('n', 1, { alice: 'phone-2' }).end('infrastructure')
    const page = await formatHtml(new FinishedRun(made.record(), 'no-folder'))
    const data = /data-farm="([^"]*)"/.exec(page)?.[1]?.replaceAll('&quot;', '"') ?? ''
    const { lanes, modules } = JSON.parse(data) as { lanes: [string, number[][]][]; modules: string }
    assert.deepEqual(
      lanes.map(([device, bars]) => [
        device,
        ...bars.map(([, took, module, kind, attempt]) => [took, module, kind, attempt]),
      ]),
      [
        ['phone-2', [1_234, 0, 1, 1], [1_234, 0, 0, 2], [1_234, 1, 2, 1]],
        ['phone-10', [1_234, 0, 1, 1], [1_234, 0, 0, 2]],
      ],
    )
    assert.equal(modules, 'm\nn')
    assert.match(page, /<td>phone-2<\/td>\s*<td>3<\/td>/)
  })

  it('runs its own script only, whatever tests, apps and devices are called', async () => {
    const page = await withRun(failedRun(hostile), { [tracePath]: traceOf(...traced(hostile)) }, formatHtml)
    const [script = '', ...others] = scriptsOf(page)
    assert.deepEqual(others, [])
    const hash = createHash('sha256').update(script).digest('base64')
    assert.ok(page.includes(`default-src 'none';`) && page.includes(`script-src 'sha256-${hash}'`))
    assert.ok(!page.includes('<img src=x') && page.includes(escapeHtml(hostile)))
    for (const [tag] of page.replace(script, '').matchAll(/<[a-z][^>]*>/g)) {
      assert.doesNotMatch(tag.replaceAll(/"[^"]*"/g, ''), /\son\w+=/)
    }
  })

  it('escapes any text', () =>
    fc.assert(fc.property(fc.string({ unit: 'binary' }), text => assert.doesNotMatch(escapeHtml(text), /[<>"']/))))

  it('lists a thousand modules in less than a megabyte, failed ones first', async () => {
    const ids = Array.from({ length: 1_000 }, (_, index) => `m${index}`)
    const made = new Story().start(...ids)
    for (const id of ids) {
      made.attempt(id).test('passes').end('passed')
      made.end(id, id === 'm999' ? 'failed' : 'passed', { lease: `${id}-1` })
    }
    const page = await formatHtml(new FinishedRun(made.record(), 'no-folder'))
    assert.ok(page.length < 1_000_000, `${page.length}`)
    assert.equal(/<li\s+id="([^"]+)"/.exec(page)?.[1], 'module-m999')
  })
})
