import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { packageFile } from '../../../../src/process/package-root.js'
import { planJsonSchema, planSchema } from '../../../../src/run/plan/plan-schema.js'

const read = (file: string): unknown => JSON.parse(readFileSync(packageFile(file), 'utf8'))

describe('plan.schema.json', () => {
  it('is generated from the code by npm run schema', () => {
    assert.deepEqual(read('plan.schema.json'), JSON.parse(JSON.stringify(planJsonSchema())))
  })

  it('accepts the plan that ships, and refuses an unknown key', () => {
    const validate = new Ajv({ strict: false }).compile(read('plan.schema.json') as object)
    assert.equal(validate(read('plan.json')), true, JSON.stringify(validate.errors))
    assert.equal(validate({ suites: [{ name: 'a', modules: '*.ts', need: [] }] }), false)
  })
})

describe('the plan in README.md', () => {
  it('is the one that ships', () => {
    const shown = [...readFileSync('README.md', 'utf8').matchAll(/^```json\n([^]*?)^```/gm)].map(match => match[1])
    assert.ok(shown.includes(readFileSync('plan.json', 'utf8')))
  })
})

describe('docs/plans.md', () => {
  const documented = new Set(
    [...readFileSync('docs/plans.md', 'utf8').matchAll(/^\| `([^`]+)` +\|/gm)].map(match => match[1]),
  )
  const keys = new Set([...Object.keys(planSchema.shape), ...Object.keys(planSchema.shape.suites.element.shape)])

  it('has a row for every key, and for nothing else', () => {
    assert.deepEqual(documented, keys)
  })
})
