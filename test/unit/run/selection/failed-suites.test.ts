import assert from 'node:assert/strict'
import { moduleFile } from '../../../../src/module/module-file.js'
import { selectFailedSuites } from '../../../../src/run/selection/last-failed.js'
import { parsePlan } from '../../../../src/run/plan/read-plan.js'

const suites = (named: Record<string, { files: string[]; needs?: string[] }>) => {
  const written = Object.entries(named).map(([name, { files, needs = [] }]) => ({ name, modules: files, needs }))
  const plan = parsePlan({ text: JSON.stringify({ suites: written }), file: 'plan.json', env: {}, servers: [] })
  return plan.suites.map(suite => ({ suite, files: suite.modules.map(file => moduleFile(file, '/project')) }))
}

const chosen = (named: Parameters<typeof suites>[0], ...failed: string[]): string[] =>
  selectFailedSuites(suites(named), ({ name }) => failed.includes(name)).map(
    ({ suite, files }) => `${suite.name}: ${files.map(({ name }) => name).join(' ')}`,
  )

describe('the suites of a plan that run again', () => {
  const plan = {
    accounts: { files: ['a', 'b'] },
    calls: { files: ['c', 'd', 'e'], needs: ['log in'] },
    'log in': { files: ['b', 'f'], needs: ['accounts'] },
    beside: { files: ['g', 'c'] },
  }

  it('have the failed modules, in their order, in each suite', () => {
    assert.deepEqual(chosen(plan, 'e', 'g').slice(-1), ['beside: g'])
    assert.deepEqual(chosen(plan, 'b', 'a'), ['accounts: a b', 'log in: b'])
  })

  it('include all modules of the suites that these need, even indirectly', () => {
    assert.deepEqual(chosen(plan, 'e'), ['accounts: a b', 'calls: e', 'log in: b f'])
    assert.deepEqual(chosen(plan, 'f'), ['accounts: a b', 'log in: f'])
  })

  it('are none if nothing failed', () => {
    assert.deepEqual(chosen(plan), [])
  })
})
