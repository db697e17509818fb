import assert from 'node:assert/strict'
import fc from 'fast-check'
import { meetsGoal, summarize } from '../../bench/benchmark.js'
import { commandsBetweenMarkers } from '../../bench/benchmarks/use-device.js'
import { gapsOf } from '../../bench/benchmarks/next-module.js'
import { tableOf } from '../../bench/format-results.js'
import { parseStat } from '../../bench/process-tree.js'
import type { BenchReport } from '../../bench/report.js'
import { withFigures } from '../../bench/write-docs.js'
import type { RunEvent } from '../../../src/event/run-event.js'

describe('figures of benchmarks', () => {
  it('are the median and its range: as many samples below as above', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 2 }), samples => {
        const { value, range } = summarize(samples)
        assert.deepEqual(range, [Math.min(...samples), Math.max(...samples)])
        const [below, above] = [samples.filter(sample => sample < value), samples.filter(sample => sample > value)]
        assert.ok(below.length <= samples.length / 2 && above.length <= samples.length / 2)
      }),
    )
    assert.deepEqual(summarize([3]), { value: 3 })
    assert.throws(() => summarize([]), /nothing was measured/)
  })

  it('meet a goal or miss it, the goal itself being enough', () => {
    const figure = { label: '', unit: 'ms', value: 2 }
    assert.equal(meetsGoal(figure), undefined)
    assert.deepEqual(
      [1, 2, 3].map(atMost => meetsGoal({ ...figure, goal: { atMost } })),
      [false, true, true],
    )
    assert.deepEqual(
      [1, 2, 3].map(atLeast => meetsGoal({ ...figure, goal: { atLeast } })),
      [true, true, false],
    )
  })

  it('are shown next to those of every peer, even if a peer lacks some', () => {
    const [head, first, second] = tableOf([
      { label: 'a', unit: 'ms', value: 1.234, peers: { x: { value: 2, range: [1, 3] } } },
      { label: 'b', unit: '', value: 1000, goal: { atLeast: 2000 }, peers: { y: { value: 0 } } },
    ])
    assert.deepEqual(head, ['', 'Baton', 'x', 'y', 'goal', ''])
    assert.deepEqual(first, ['a', '1.23 ms', '2 ms (1–3)', '', '', ''])
    assert.deepEqual(second, ['b', '1,000', '', '0', '≥ 2,000', 'missed'])
  })

  it('are written to the documentation between the marks, without other changes', () => {
    const [begin, end] = ['<!-- figures: npm run bench -- --docs bench-results/….json -->', '<!-- end of figures -->']
    const text = withFigures(`before\n${begin}\nold\n${end}\nafter`, report)
    assert.match(text, /^before\n<!-- figures/)
    assert.match(text, /^- \*\*a\|b\*\*: Baton 1 ms; x 2 ms; goal ≤ 1 ms \(met\)\.$/m)
    assert.match(text, /<!-- end of figures -->\nafter$/)
    assert.ok(!text.includes('old'))
    assert.throws(() => withFigures('no marks', report), /has no place for figures/)
  })
})

describe('the input of benchmarks', () => {
  it("is a process's times, for any process name", () => {
    const stat = '7 (a) 9 (b) S 3 7 7 0 -1 4194304 1 2 3 4 11 12 13 14 20 0'
    assert.deepEqual(parseStat(7, stat), { pid: 7, parent: 3, ownMs: 230, endedMs: 270 })
  })

  it('is the number of commands between two others in the log of Appium', () => {
    const line = (what: string): string => `t [HTTP] --> ${what}`
    const [marker, other] = [line('GET /session/s/orientation'), line('POST /session/s/element')]
    assert.equal(commandsBetweenMarkers([other, marker, 'noise', marker, other].join('\n')), 0)
    assert.equal(commandsBetweenMarkers([marker, other, other, marker].join('\n')), 2)
    assert.throws(() => commandsBetweenMarkers(marker))
  })

  it('is the time between two modules on one device, without those on another', () => {
    const attempt = (
      lease: string,
      device: string,
      [began, firstLine, ended]: [number, number, number],
    ): RunEvent[] => {
      const ref = { module: lease, lease }
      const counts = { passed: 1, failed: 0, pending: 0 }
      return [
        { type: 'attempt:start', attempt: 1, host: 'h', devices: { device }, ...ref, at: began },
        { type: 'log', stream: 'stdout', text: `first line ${firstLine}`, ...ref, at: firstLine },
        { type: 'attempt:end', attempt: 1, verdict: 'passed', durationMs: 1, counts, ...ref, at: ended },
      ]
    }
    const events = [
      ...attempt('1', 'device-1', [0, 5, 100]),
      ...attempt('2', 'device-2', [1, 5, 500]),
      ...attempt('3', 'device-1', [102, 110, 200]),
    ]
    assert.deepEqual(gapsOf(events), [{ whole: 10, queue: 2, start: 8 }])
  })
})

const report: BenchReport = {
  date: '2026-01-01T00:00:00.000Z',
  quick: false,
  machine: { cpu: 'c', cores: 1, memoryGb: 1, os: 'o', node: 'v20', versions: {}, load: { before: 0, after: 0 } },
  results: [
    {
      name: 'n',
      what: 'w',
      figures: [{ label: 'a|b', unit: 'ms', value: 1, peers: { x: { value: 2 } }, goal: { atMost: 1 } }],
    },
  ],
}
