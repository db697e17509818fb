import assert from 'node:assert/strict'
import type { Stage } from '../../../src/lease/stage.js'
import { formatForecast } from '../../../src/run/format-forecast.js'
import { formatDryRun, type DryRunModule } from '../../../src/run/format-dry-run.js'

const line = (file: string, expectedMs?: number): DryRunModule => ({
  id: file,
  file,
  firstRole: 'alice',
  roles: { alice: 'name=alice', bob: 'phone,platform=ios' },
  candidates: { alice: ['alice'], bob: ['bob', 'carol'] },
  places: { alice: { file, line: 4, column: 9 } },
  ...(expectedMs !== undefined && { expectedMs }),
})

const options = { devices: ['alice', 'bob', 'carol'], retries: 0, stages: [] as Stage[] }

const plan = (modules: (DryRunModule & { stage?: string })[], { retries, ...request } = options): string =>
  formatDryRun(modules, formatForecast({ ...request, modules, retriesOf: () => retries }))

describe('the plan of a run', () => {
  it('lists modules in order, with roles, their lines, matching devices and earlier results', () => {
    const chat = { ...line('chat.ts', 61_000), passRate: { runs: 10, passed: 9, flaky: 2 } }
    const call = { ...line('call.ts', 1_500), passRate: { runs: 3, passed: 3, flaky: 0 } }
    assert.equal(
      plan([chat, call]),
      `  1. chat.ts  about 61.0 s, passed 9 of 10, 2 of these flaky
     alice (first): alice; needed at chat.ts:4:9; could be alice
     bob: any phone, platform=ios; could be bob, carol

  2. call.ts  about 1.5 s, passed 3 of 3
     alice (first): alice; needed at call.ts:4:9; could be alice
     bob: any phone, platform=ios; could be bob, carol

2 modules, 3 devices; forecast: 62.5 s.
`,
    )
  })

  it('shows modules with equal roles and long lists of devices in few lines', () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `phone-${index + 1}`)
    const any = (file: string): DryRunModule => ({
      ...line(file),
      roles: { alice: 'phone' },
      candidates: { alice: names },
    })
    const modules = Array.from({ length: 2_000 }, (_, index) => any(`m-${index + 1}.ts`))
    const text = plan([line('chat.ts'), ...modules])
    assert.match(
      text,
      /^ {2}2\. m-1\.ts {2}duration unknown\n {2}3\. m-2\.ts [^]*\n2001\. m-2000\.ts {2}duration unknown\n {5}alice \(first\): any phone; could be phone-1, phone-2, phone-3 and 997 others\n\n2001 modules/m,
    )
    assert(text.length < 100_000)
  })

  it('counts a module that never ran as the median of the others', () => {
    const text = plan([line('chat.ts', 1_000), line('new.ts')])
    assert.match(text, /new\.ts {2}duration unknown/)
    assert.match(text, /forecast: 2\.0 s, with 1\.0 s for each of 1 that never ran\./)
  })

  it('has no forecast if no module ran before', () => {
    assert.match(plan([line('chat.ts')]), /1 module, 3 devices; none ran before, so no forecast\./)
  })

  it('expects as many retries as there were failures', () => {
    const half = { ...line('chat.ts', 1_000), passRate: { runs: 4, passed: 3, flaky: 1 } }
    assert.match(plan([half]), /forecast: 1\.0 s/)
    assert.match(plan([half], { ...options, retries: 2 }), /forecast: 1\.8 s/)
  })

  it('shows what is unavailable', () => {
    const unavailable: DryRunModule = {
      ...line('a.ts', 1_000),
      id: 'a@bob',
      device: 'bob',
      unavailable: 'offline: unplugged',
    }
    const text = plan([line('chat.ts', 1_000), unavailable], { ...options, devices: ['alice'] })
    assert.match(text, /a\.ts {2}not run: bob is offline: unplugged/)
    assert.match(text, /1 module, 1 device; forecast: 0\.0 s, without 1 that wait for unavailable devices\./)
  })

  it('respects the order of stages, even through those without modules', () => {
    const stages: Stage[] = [
      { name: 'first', after: [] },
      { name: 'whole', after: [{ stage: 'first', when: 'success' }] },
      { name: 'last', after: [{ stage: 'whole', when: 'end' }] },
    ]
    const alone = (file: string, stage: string): DryRunModule & { stage: string } => ({
      ...line(file, 1_000),
      candidates: { alice: options.devices },
      stage,
    })
    const modules = [alone('a.ts', 'last'), alone('b.ts', 'first'), alone('c.ts', 'first')]
    assert.match(plan(modules, { ...options, stages }), /3 modules, 3 devices; forecast: 2\.0 s\./)
  })
})
