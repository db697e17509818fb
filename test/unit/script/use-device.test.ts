import assert from 'node:assert/strict'
import { activeDevice, onDevice, serverUrl, useDevice } from '../../../src/script/index.js'
import { passBaton, createScope } from '../../../src/script/device-scope.js'
import { setCurrentModule, clearCurrentModule } from '../../../src/script/module-context.js'
import type { ModuleEvent } from '../../../src/event/run-event.js'
import { contextOf, runAsTest } from './module-in-process.js'

describe('what a module imports', () => {
  it('reports that it needs a run', async () => {
    const noTest = { code: 'BATON_NO_TEST', hint: /baton run/ }
    await assert.rejects(useDevice('alice'), noTest)
    assert.throws(() => activeDevice(), noTest)
    assert.throws(() => onDevice(() => {}), noTest)
    assert.throws(() => serverUrl('chat'), noTest)
  })

  it('is refused with its place while the module loads', async () => {
    setCurrentModule({ ...contextOf(['alice']), phase: 'loading' })
    try {
      await assert.rejects(useDevice('alice'), (error: { code: string; place?: { file: string; line: number } }) => {
        assert.equal(error.code, 'BATON_NO_TEST')
        assert.match(error.place?.file ?? '', /use-device\.test\.(ts|js)$/)
        assert.ok(error.place?.line)
        return true
      })
    } finally {
      clearCurrentModule()
    }
  })

  it('lists the roles and suggests the closest one for an unknown name', () =>
    runAsTest(contextOf(['pixel-8', 'iphone-15']), () =>
      assert.rejects(useDevice('pixel8'), {
        code: 'BATON_DEVICE_UNKNOWN',
        message: /useDevice\('pixel8'\): the module has no role 'pixel8' \(known: pixel-8, iphone-15\)/,
        hint: "did you mean 'pixel-8'?",
      }),
    ))

  it('emits each pass with its place', async () => {
    const events: ModuleEvent[] = []
    await runAsTest(contextOf(['alice', 'bob'], events), async () => {
      await useDevice('bob')
      await useDevice('alice', () => {})
    })
    const passes = events.filter(event => event.type === 'baton:pass')
    assert.deepEqual(
      passes.map(pass => pass.role),
      ['bob', 'alice', 'bob'],
    )
    for (const { place } of passes) assert.match(place ?? '', /use-device\.test\.(ts|js):\d+:\d+$/)
  })

  it('describes the device', () =>
    runAsTest(contextOf(['alice', 'bob']), async () => {
      await useDevice('bob')
      assert.deepEqual(activeDevice(), { name: "bob's phone", role: 'bob', labels: [], platform: 'fake' })
    }))

  it('returns the URL of a server, or lists the servers', async () => {
    const context = { ...contextOf(['alice']), servers: { chat: 'http://127.0.0.1:1234/' } }
    await runAsTest(context, () => {
      assert.equal(serverUrl('chat'), 'http://127.0.0.1:1234')
      assert.throws(() => serverUrl('toString'), { code: 'BATON_SERVER_UNKNOWN', message: /known: chat/ })
    })
  })

  it('does not guess the device of a callback outside a test, unless there is only one', async () => {
    const two = contextOf(['alice', 'bob'])
    setCurrentModule(two)
    two.runningScope = createScope({ title: [], module: two }, 'alice')
    assert.throws(() => activeDevice(), { code: 'BATON_NO_TEST', message: /callback/ })
    const one = contextOf(['alice'])
    one.runningScope = createScope({ title: [], module: one }, 'alice')
    setCurrentModule(one)
    assert.equal(activeDevice().role, 'alice')
    clearCurrentModule()
  })
})

describe('useDevice', () => {
  it('changes the role of every scope above', () => {
    const root = createScope({ title: [], module: {} }, 'a')
    const below = passBaton(root, 'b')
    below.enteredThisTick = false
    passBaton(below, 'c')
    assert.deepEqual([root.role, below.role], ['c', 'c'])
  })
})
