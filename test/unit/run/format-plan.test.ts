import assert from 'node:assert/strict'
import { formatPlan, type PlanLine } from '../../../src/run/format-plan.js'

const line = (file: string, expectedMs?: number): PlanLine => ({
  file,
  firstRole: 'alice',
  roles: { alice: 'name=alice', bob: 'phone,platform=ios' },
  candidates: { alice: ['alice'], bob: ['bob', 'carol'] },
  places: { alice: { file, line: 4, column: 9 } },
  ...(expectedMs !== undefined && { expectedMs }),
})

describe('the plan of a run', () => {
  it('names modules in order, roles, the lines that asked, and who could serve them', () => {
    const text = formatPlan([line('chat.ts', 61_000), line('call.ts', 1_500)], 3)
    assert.equal(
      text,
      `  1. chat.ts  about 61.0 s
     alice (first): alice; asked at chat.ts:4:9; could be alice
     bob: any phone, platform=ios; could be bob, carol

  2. call.ts  about 1.5 s
     alice (first): alice; asked at call.ts:4:9; could be alice
     bob: any phone, platform=ios; could be bob, carol

2 modules, 3 devices; at best 61.0 s.
`,
    )
  })

  it('forecasts nothing where a module never ran', () => {
    assert.match(formatPlan([line('chat.ts', 1_000), line('new.ts')], 3), /new\.ts {2}duration unknown[^]*no forecast/)
  })

  it('forecasts busy devices where no single module decides', () => {
    const text = formatPlan(
      Array.from({ length: 9 }, (_, i) => line(`m${i}.ts`, 2_000)),
      3,
    )
    assert.match(text, /9 modules, 3 devices; at best 12\.0 s/)
  })
})
