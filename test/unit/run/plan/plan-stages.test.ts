import assert from 'node:assert/strict'
import fc from 'fast-check'
import { planStages } from '../../../../src/run/plan/plan-stages.js'
import type { SuiteOrder } from '../../../../src/run/plan/test-plan.js'
import { outcomesOf } from '../../../support/stage-model.js'

const orders = fc.constantFrom<SuiteOrder>('parallel', 'sequential')

const plans = fc.record({
  order: orders,
  suites: fc
    .array(
      fc.record({
        order: orders,
        modules: fc.integer({ min: 1, max: 4 }),
        needs: fc.array(fc.nat(), { maxLength: 2 }),
      }),
      {
        minLength: 1,
        maxLength: 6,
      },
    )
    .map(drawn =>
      drawn.map(({ order, modules, needs }, index) => ({
        name: `s${index}`,
        order,
        modules,
        needs: index === 0 ? [] : [...new Set(needs.map(n => `s${n % index}`))],
      })),
    ),
})

type Drawn = typeof plans extends fc.Arbitrary<infer Plan> ? Plan : never

const stagesFor = ({ order, suites }: Drawn) =>
  planStages(suites, order, new Map(suites.map(({ name, modules }) => [name, modules])))

describe('the stages of a plan', () => {
  it('put the modules of the plan, and no others, before each module', () => {
    fc.assert(
      fc.property(plans, drawn => {
        const { stages, stagesOf } = stagesFor(drawn)
        const before = new Map<string | undefined, Set<string>>()
        for (const { name, after } of stages) {
          before.set(name, new Set(after.flatMap(({ stage }) => [stage, ...(before.get(stage) ?? [])])))
        }
        const suitesBefore = new Map<string, Set<string>>()
        for (const [index, { name, needs }] of drawn.suites.entries()) {
          const previous = drawn.order === 'sequential' ? (drawn.suites[index - 1]?.name ?? []) : []
          const direct = [...needs, previous].flat()
          suitesBefore.set(name, new Set(direct.flatMap(each => [each, ...(suitesBefore.get(each) ?? [])])))
        }
        for (const first of drawn.suites) {
          for (const second of drawn.suites) {
            for (let i = 0; i < first.modules; i++) {
              for (let j = 0; j < second.modules; j++) {
                const inOrder = first === second && first.order === 'sequential' && i < j
                const expected = inOrder || suitesBefore.get(second.name)?.has(first.name) === true
                const stage = stagesOf.get(first.name)?.[i]
                const actual = stage !== undefined && before.get(stagesOf.get(second.name)?.[j])?.has(stage) === true
                assert.equal(actual, expected, `${first.name}/${i} before ${second.name}/${j}`)
              }
            }
          }
        }
      }),
    )
  })

  it('run the same modules as the plan, for any failures', () => {
    fc.assert(
      fc.property(plans, fc.array(fc.tuple(fc.nat(), fc.nat())), (drawn, failures) => {
        const failing = new Set(
          failures.map(([s, m]) => {
            const suite = drawn.suites[s % drawn.suites.length]
            return `${suite?.name}/${m % (suite?.modules ?? 1)}`
          }),
        )
        const { stages, stagesOf } = stagesFor(drawn)
        const failingStages = new Set(
          drawn.suites.flatMap(({ name }) =>
            (stagesOf.get(name) ?? []).filter((_stage, index) => failing.has(`${name}/${index}`)),
          ),
        )
        const outcomes = outcomesOf(stages, failingStages)
        const passed = new Map<string, boolean>()
        for (const { name, needs, modules } of drawn.suites) {
          const runs = needs.every(need => passed.get(need))
          passed.set(
            name,
            runs && Array.from({ length: modules }, (_, m) => `${name}/${m}`).every(m => !failing.has(m)),
          )
          for (const stage of stagesOf.get(name) ?? []) {
            assert.equal(outcomes.get(stage) !== 'skipped', runs, `${stage} of ${name}`)
          }
        }
      }),
    )
  })

  it('have the reason why a suite was skipped', () => {
    const suites = [
      { name: 'a', order: 'parallel' as const, needs: [] },
      { name: 'b', order: 'sequential' as const, needs: ['a'] },
    ]
    const { stages } = planStages(
      suites,
      'parallel',
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    )
    const edge = { stage: 'suite a', when: 'success', reason: "suite 'b' needs suite 'a', which did not pass" }
    assert.deepEqual(stages, [
      { name: 'suite a', after: [] },
      { name: 'module 1 of suite b', after: [edge] },
      { name: 'module 2 of suite b', after: [edge, { stage: 'module 1 of suite b', when: 'end' }] },
      {
        name: 'suite b',
        after: [
          { stage: 'module 1 of suite b', when: 'success' },
          { stage: 'module 2 of suite b', when: 'success' },
        ],
      },
    ])
  })

  it('leave out a suite that neither waits nor is waited for', () => {
    const { stages, stagesOf } = planStages(
      [{ name: 'a', order: 'parallel', needs: [] }],
      'parallel',
      new Map([['a', 9]]),
    )
    assert.deepEqual([stages, stagesOf.size], [[], 0])
  })
})
