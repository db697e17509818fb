import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { setTimeout as tick } from 'node:timers/promises'
import * as fc from 'fast-check'
import { stopTrackingActivity } from '../../../src/script/branch/branch-activity.js'
import { watchForDeadlocks } from '../../../src/script/branch/deadlock.js'
import { barrier, parallel, signal, until } from '../../../src/script/index.js'
import { outcomeOf, type Outcome, type Program, type Step } from './deadlock-model.js'
import { contextOf, runAsTest } from './module-in-process.js'

const names = fc.constantFrom('a', 'b', 'c')
const ms = fc.integer({ min: 0, max: 3 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: names.map(name => ({ do: 'signal' as const, name })) },
  { weight: 3, arbitrary: names.map(name => ({ do: 'until' as const, name })) },
  { weight: 2, arbitrary: fc.constantFrom('x', 'y').map(name => ({ do: 'barrier' as const, name })) },
  { weight: 2, arbitrary: ms.map(each => ({ do: 'work' as const, ms: each })) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('signal later' as const), name: names, ms }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('all' as const, 'race' as const), names: fc.tuple(names, names) }),
  },
)
const roles = ['r0', 'r1', 'r2', 'r3']
const programs = fc.array(fc.array(step, { maxLength: 6 }), { minLength: 1, maxLength: roles.length })

async function branchOf(steps: readonly Step[]): Promise<void> {
  const later: Promise<void>[] = []
  for (const each of steps) {
    switch (each.do) {
      case 'signal':
        signal(each.name)
        break
      case 'until':
        await until(each.name)
        break
      case 'barrier':
        await barrier(each.name)
        break
      case 'work':
        await (each.ms === 0 ? readFile('package.json') : tick(each.ms))
        break
      case 'signal later':
        later.push(tick(each.ms).then(() => signal(each.name)))
        // Where the branch is stopped, so is this.
        later.at(-1)?.catch(() => {})
        break
      case 'all':
        await Promise.all(each.names.map(name => until(name)))
        break
      case 'race':
        await Promise.race(each.names.map(name => until(name)))
    }
  }
  await Promise.all(later)
}

const codes: Record<string, Outcome> = { BATON_DEADLOCK: 'deadlock', BATON_BARRIER_BROKEN: 'broken' }

async function run(program: Program): Promise<Outcome | 'hangs'> {
  const branches = program.map((steps, index) => [roles[index] ?? '', () => branchOf(steps)] as const)
  const outcome = runAsTest(contextOf(roles), () => parallel(branches)).then(
    () => 'done' as const,
    (error: { code?: string }) => {
      const known = codes[error.code ?? '']
      if (!known) throw error
      return known
    },
  )
  const guard = new AbortController()
  const hangs = tick(5_000, 'hangs' as const, { signal: guard.signal, ref: true })
  hangs.catch(() => {})
  try {
    return await Promise.race([outcome, hangs])
  } finally {
    guard.abort()
  }
}

describe('programs of barriers and signals', () => {
  before(() => watchForDeadlocks())
  after(() => stopTrackingActivity())

  it('end as a model predicts: every deadlock is detected, without false alarms', async () => {
    const seen = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(programs, async program => {
        const outcome = await run(program)
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
        assert.equal(outcome, outcomeOf(program))
      }),
      { numRuns: 400 },
    )
    for (const outcome of ['done', 'deadlock', 'broken'])
      assert.ok((seen.get(outcome) ?? 0) > 20, JSON.stringify([...seen]))
  })
})
