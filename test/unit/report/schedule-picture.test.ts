import assert from 'node:assert/strict'
import fc from 'fast-check'
import { widthOf } from '../../../src/report/fit-text.js'
import { formatFoundBug } from '../../../src/report/format-found-bug.js'
import { createPaint } from '../../../src/report/paint.js'
import { drawSchedule } from '../../../src/report/schedule-picture.js'
import { scheduleWith } from '../explore/iterations.js'

const plain = createPaint(false)
const trace = [
  'alice:elementClick #send',
  'alice>POST /send',
  'bob<received /chat new',
  'bob>POST /read',
  'alice<received /chat read',
  'alice<POST /send',
]
const holds = [{ operation: 'alice<POST /send', until: 'alice<received /chat read' }]

describe('drawSchedule', () => {
  it('has a lane for each device and the server, and marks what was held', () => {
    assert.deepEqual(drawSchedule({ trace, holds }, { columns: 80, paint: plain }), [
      '        alice                   server                  bob',
      '        ● click on #send        │                       │',
      '        │────── POST /send ────▶│                       │',
      '        │                       │───────── new ────────▶│',
      '        │                       │◀───── POST /read ─────│',
      'until 1 │◀──────── read ────────│                       │',
      'held 1  │◀ response POST /send ─│                       │',
    ])
  })

  it('crosses the lanes of others', () => {
    const lines = drawSchedule(
      { trace: ['a>GET /x', 'b>GET /y', 'server>GET /z', 'a<GET /x'] },
      { columns: 80, paint: plain },
    )
    assert.deepEqual(lines, [
      ' a                  b                  server             server',
      ' │───── GET /x ─────┼─────────────────▶│                  │',
      ' │                  │───── GET /y ────▶│                  │',
      ' │                  │                  │◀──── GET /z ─────│',
      ' │◀ response GET … ─┼──────────────────│                  │',
    ])
  })

  it('never is wider than the terminal, and shows what was held', () => {
    const ids = fc.oneof(
      fc.constantFrom(...trace, 'carol:elementClick #家族', 'carol›bob<event /prices price', '\u001B[31mx'),
      fc.string(),
    )
    fc.assert(
      fc.property(
        fc.array(ids, { minLength: 1, maxLength: 80 }),
        fc.nat(),
        fc.integer({ min: 20, max: 200 }),
        (trace, n, columns) => {
          const operation = trace[n % trace.length]!
          const lines = drawSchedule({ trace, holds: [{ operation, until: 'never' }] }, { columns, paint: plain })
          for (const line of lines) {
            assert.ok(widthOf(line) <= columns, line)
            assert.ok(!/[\p{Cc}]/u.test(line), JSON.stringify(line))
          }
          assert.ok(lines.some(line => line.includes('held 1')))
        },
      ),
    )
  })

  it('leaves out what is far from the holds', () => {
    const before = Array.from({ length: 50 }, (_, i) => `bob>GET /poll #${i + 1}`)
    const lines = drawSchedule({ trace: [...before, ...trace, ...before], holds }, { columns: 80, paint: plain })
    assert.ok(lines.length < 20, lines.join('\n'))
    assert.ok(lines.some(line => line.includes('⋮ 46 more')))
  })
})

describe('formatFoundBug', () => {
  it('shows the failure, the hold, the picture and the test', () => {
    const schedule = scheduleWith({ trace, holds })
    const bug = { number: 1, schedule, times: 3, minimised: { schedule, tries: 9, reproduced: 10, repetitions: 10 } }
    const text = formatFoundBug(bug, { columns: 80, paint: plain }).join('\n')
    for (const part of [
      "bug 1: expected 'read', found 'sent'\n  chat › is read\n  failed 3 times, first with seed 4 (random)\n",
      "  hold alice's response to POST /send until alice's socket received read\n",
      '  reproduced 10 of 10 times, after 9 tries\n',
      'held 1 ',
      "    it('is read', async () => {\n      // hold alice's",
    ]) {
      assert.ok(text.includes(part), text)
    }
  })

  it('says that no hold is needed, without a picture', () => {
    const schedule = scheduleWith({ trace, holds: [], strategy: 'natural' })
    const bug = { number: 1, schedule, times: 1, minimised: { schedule, tries: 0, reproduced: 3, repetitions: 3 } }
    assert.deepEqual(formatFoundBug(bug, { columns: 80, paint: plain }).slice(2), [
      '  failed 1 time, first with seed 4 (natural)',
      '  fails without any hold: in natural order, it failed again 3 of 3 times',
    ])
  })

  it('shows the order if the holds are not known', () => {
    const text = formatFoundBug(
      { number: 2, schedule: scheduleWith({ trace }), times: 1 },
      { columns: 80, paint: plain },
    )
    assert.ok(text.join('\n').includes('POST /send'))
    assert.ok(!text.join('\n').includes('regression'))
  })
})
