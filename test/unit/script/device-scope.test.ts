import assert from 'node:assert/strict'
import {
  createIsolatedScope,
  createScope,
  passBaton,
  resolveRole,
  type DeviceScope,
} from '../../../src/script/device-scope.js'

const owner = { title: ['a test'], module: {} }

/** The same by definition: the last pass below a scope that no isolated scope keeps to itself. */
interface Model {
  role: string
  parent: Model | undefined
  isolated: boolean
}

function passInModel(model: Model, role: string): Model {
  for (let above: Model | undefined = model; above; above = above.isolated ? undefined : above.parent) above.role = role
  return { role, parent: model, isolated: false }
}

/** A generator of numbers below 1, the same for each seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647
}

describe('scopes of devices', () => {
  it('know the role that was chosen last below them, for any tree of calls', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = randomOf(seed)
      const scopes: [DeviceScope, Model][] = [
        [createScope(owner, 'first'), { role: 'first', parent: undefined, isolated: false }],
      ]
      for (let step = 0; step < 40; step++) {
        const [scope, model] = scopes[Math.floor(random() * scopes.length)] ?? assert.fail()
        const role = `role ${step}`
        const act = random()
        if (act < 0.5) {
          const own = passBaton(scope, role)
          own.enteredThisTick = false
          scopes.push([own, passInModel(model, role)])
        } else if (act < 0.65) scopes.push([createIsolatedScope(scope, role), { role, parent: model, isolated: true }])
        else if (act < 0.8)
          scopes.push([createScope(owner, role, { parent: scope }), { role, parent: model, isolated: false }])
        else assert.equal(scope.role, model.role, `seed ${seed}, step ${step}`)
      }
      for (const [scope, model] of scopes) assert.equal(scope.role, model.role, `seed ${seed}`)
    }
  })

  it('cost the same for the hundred thousandth pass', () => {
    const root = createScope(owner, 'alice')
    let scope = root
    const before = process.cpuUsage()
    for (let pass = 0; pass < 100_000; pass++) {
      scope = passBaton(scope, pass % 2 === 0 ? 'bob' : 'alice')
      scope.enteredThisTick = false
      resolveRole(scope)
      assert.equal(root.role, scope.role)
    }
    // Minutes, if each pass looked at all earlier ones.
    assert.ok(process.cpuUsage(before).user < 5_000_000)
  })
})
