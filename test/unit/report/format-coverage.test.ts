import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { ModuleVerdict } from '../../../src/event/verdicts.js'
import { widthOf } from '../../../src/report/fit-text.js'
import { formatCoverage } from '../../../src/report/format-coverage.js'
import { formatJunit } from '../../../src/report/junit.js'
import { createPaint } from '../../../src/report/paint.js'
import type { RunRecord } from '../../../src/report/run-record.js'
import { Story } from './events.js'

type Coverage = Record<string, Record<string, ModuleVerdict>>

/** @param coverage - file → device → how it ended there */
function recordOf(coverage: Coverage): RunRecord {
  const story = new Story()
  const all = Object.entries(coverage).flatMap(([file, verdicts]) =>
    Object.entries(verdicts).map(([device, verdict]) => ({ id: `${file}@${device}`, file, device, verdict })),
  )
  const modules = all.map(({ id, file, device }) => {
    return { id, file, device, firstRole: 'device', roles: { device: `name=${device}` } }
  })
  story.add({ type: 'run:start', version: 1, run: 'r1', modules, options: {} })
  for (const { id, device, verdict } of all) {
    if (verdict === 'not-run') story.end(id, verdict, { attempts: 0, reasons: [`${device} is offline`] })
    else story.attempt(id, 1, { device }).test('opens').end('passed')
    if (verdict !== 'not-run') story.end(id, verdict, { lease: `${id}-1` })
  }
  return story.record()
}

const plain = createPaint(false)

describe('the table of a run on every device', () => {
  it('has a row for each module and a column for each device, in words', () => {
    const record = recordOf({
      'test/chat.ts': { alice: 'passed', bob: 'failed', 'pixel-8-pro': 'flaky' },
      'test/call.ts': { alice: 'not-run', bob: 'lost', 'pixel-8-pro': 'skipped' },
      'test/only-bob.ts': { bob: 'passed' },
    })
    assert.deepEqual(formatCoverage(record.modules, plain), [
      '                  alice    bob      pixel-8-pro',
      'test/call.ts      not run  LOST     skipped',
      'test/chat.ts      passed   FAILED   flaky',
      'test/only-bob.ts  –        passed   –',
    ])
  })

  it('is missing if modules run once', () => {
    assert.deepEqual(formatCoverage(new Story().start('a').record().modules, plain), [])
  })

  it('continues below if devices don’t fit side by side, and loses none', () => {
    const name = fc.stringMatching(/^[a-z0-9-]{1,50}$/)
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1, maxLength: 30 }),
        fc.string({ maxLength: 90 }),
        (devices, file) => {
          const record = recordOf({ [`${file}.ts`]: Object.fromEntries(devices.map(device => [device, 'passed'])) })
          const lines = formatCoverage(record.modules, plain)
          for (const line of lines) assert.ok(widthOf(line) <= 78, `${widthOf(line)}: ${line}`)
          assert.equal(lines.join(' ').split('passed').length - 1, devices.length)
        },
      ),
    )
  })

  it('only counts modules that passed everywhere if there are many', () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`m${i}.ts`, { alice: 'passed' as const }]))
    assert.deepEqual(formatCoverage(recordOf(many).modules, plain), ['30 passed on every device'])
    assert.deepEqual(formatCoverage(recordOf({ ...many, 'z.ts': { alice: 'failed' } }).modules, plain), [
      '      alice',
      'z.ts  FAILED',
      '30 more passed on every device',
    ])
  })

  it('shows the end of a path that is too long', () => {
    const file = `${'long/'.repeat(20)}chat.ts`
    const [, row = ''] = formatCoverage(recordOf({ [file]: { alice: 'passed' } }).modules, plain)
    assert.match(row, /^….*\/chat\.ts {2}passed$/)
  })
})

describe('junit.xml of a run on every device', () => {
  it('has a unique name for each module on each device, and for each test', () => {
    const xml = formatJunit(recordOf({ 'a.ts': { alice: 'passed', bob: 'passed', carol: 'not-run' } }), 'report')
    const names = [...xml.matchAll(/<testsuite name="([^"]*)"/g)].map(([, name]) => name)
    assert.deepEqual(names, ['a.ts [alice]', 'a.ts [bob]', 'a.ts [carol]'])
    const cases = [...xml.matchAll(/<testcase classname="([^"]*)" name="([^"]*)"/g)].map(([, ...both]) => both.join())
    assert.equal(new Set(cases).size, 3)
    assert.match(xml, /<property name="device" value="bob"\/>/)
  })
})
