import assert from 'node:assert/strict'
import { chaos, faultNames } from '../chaos/chaos.js'

/** Each needs time for the recovery that a test of its own shows. */
const long = [
  'freeze host',
  'freeze host, with a successor',
  'fail over Redis',
  'swallow network',
  'pause network',
  'unplug host',
  'cut power of Redis',
  'kill submitter',
]

describe('a farm under constant faults', () => {
  it('keeps its promises, and the auditor finds what breaks them', async () => {
    const report = await chaos({
      seed: 3,
      minutes: 0.15,
      minFaults: 3,
      hosts: 2,
      leaseTtlMs: 4_000,
      network: 'auto',
      deaths: 0,
      modules: [20, 30],
      faults: faultNames.filter(name => !long.includes(name)),
      plantsViolations: true,
      print: () => {},
    })
    const planted = [
      /readers disagree on .*, flaky$/,
      /took a command of .* after (one of|lease)/,
      /keys left behind: \S+planted \(1\)/,
    ]
    for (const kind of planted)
      assert.ok(
        report.violations.some(text => kind.test(text)),
        String(kind),
      )
    const others = report.violations.filter(text => !planted.some(kind => kind.test(text)))
    assert.deepEqual(others, [])
    assert.ok(report.faults >= 3 && report.modules >= 20, JSON.stringify(report))
  })
})
