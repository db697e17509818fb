import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { brokenForAll, lastingChanges, sharedState, sharedStatePrelude } from './shared-state.js'
import { mustPass, outputOf, TestFarm, titlesOf } from './farm.js'

const pidOf = (output: string): string => /pid (\d+)/.exec(output)?.[1] ?? 'none'

describe('a module that follows another one in its process', () => {
  let farm: TestFarm
  before(async () => {
    farm = await TestFarm.start({ spare: 1, size: 2 })
  })
  after(() => farm.close())

  /** Runs one module, then another; tells whether both had the same process. */
  async function inTurn(first: string, second: string): Promise<{ same: boolean; output: string }> {
    const pids = []
    let output = ''
    for (const code of [first, second]) {
      const result = await farm.run(`console.log('pid ' + process.pid)\n${code}`)
      mustPass(result)
      output = outputOf(result)
      pids.push(pidOf(output))
    }
    return { same: pids[0] === pids[1], output }
  }

  it('inherits nothing that the list of shared state names, in the same process', async function () {
    const looks = sharedState.map(([what, , look]) => `[${JSON.stringify(what)}, async () => ${look}]`)
    const changes = sharedState.map(([, change]) => `async () => { ${change} }`)
    const report = `const seen = {}; for (const [what, look] of looks) seen[what] = (await look()) ?? null`
    const looking = `${sharedStatePrelude}
      const looks = [${looks.join(',\n')}]
      it('looks', async () => { ${report}; console.log('SEEN ' + JSON.stringify(seen)) })`
    const changing = `${sharedStatePrelude}
      const looks = [${looks.join(',\n')}]
      const changes = [${changes.join(',\n')}]
      const { stringify } = JSON
      it('changes all', async () => {
        const same = []
        for (const [index, [what, look]] of looks.entries()) {
          const before = stringify((await look()) ?? null)
          try { await changes[index]() } catch (error) { same.push(what + ': ' + error.message); continue }
          if (stringify((await look()) ?? null) === before) same.push(what)
        }
        if (same.length > 0) throw new Error('not changed: ' + same.join(', '))
      })`
    const seen = async (): Promise<Record<string, unknown> & { pid: string }> => {
      const output = outputOf(await farm.run(`console.log('pid ' + process.pid)\n${looking}`))
      return { ...(JSON.parse(/SEEN (.*)/.exec(output)?.[1] ?? '{}') as object), pid: pidOf(output) }
    }
    const before = await seen()
    assert.equal(Object.keys(before).length, sharedState.length + 1)
    mustPass(await farm.run(changing))
    assert.deepEqual(await seen(), before)
  })

  it('has its own interface: tdd after bdd runs its tests, and vice versa', async () => {
    const bdd = `describe('bdd', () => { it('one', () => {}); it('two', () => {}) })`
    const tdd = `suite('tdd', () => { suiteSetup(() => {}); test('three', () => {}); test('four', () => {}) })`
    for (const code of [bdd, tdd, bdd]) {
      const { report } = await farm.run(code)
      assert.deepEqual(report, { verdict: 'passed', started: true, counts: { passed: 2, failed: 0, pending: 0 } })
    }
  })

  it('sees exactly its own environment', async () => {
    const result = await farm.run(
      `it('sees', () => assert.deepEqual({ ...process.env, WDIO_WORKER_ID: '' }, { ONLY: 'this', WDIO_WORKER_ID: '' }))`,
      {
        env: { ONLY: 'this' },
      },
    )
    mustPass(result)
  })

  for (const [what, change] of lastingChanges) {
    it(`gets a new process instead after ${what}`, async () => {
      const { same } = await inTurn(
        `${sharedStatePrelude}\nit('changes it', async () => { ${change} })`,
        `it('is fine', () => assert.equal(globalThis.mine, undefined))`,
      )
      assert.equal(same, false)
    })
  }

  it('passes although the one before broke what Baton and mocha themselves use', async () => {
    for (const change of brokenForAll) {
      await farm.run(`${sharedStatePrelude}\nafter(() => { ${change} })\nit('breaks it', () => {})`, {
        execute: { moduleTimeoutMs: 1_500 },
      })
      const next = await farm.run(`it('is fine', () => assert.deepEqual([1].map(one => one + 1), [2]))`)
      assert.equal(next.report.verdict, 'passed', `after ${change}: ${JSON.stringify(next)}`)
    }
  })

  it('gets a new process instead after a test that still runs past its timeout', async () => {
    const first = await farm.run(
      `it('hangs', () => { console.log('pid ' + process.pid); return new Promise(() => {}) })`,
      {
        mocha: { timeoutMs: 30 },
      },
    )
    assert.deepEqual(titlesOf(first, 'failed'), ['hangs'])
    const second = await farm.run(`it('is fine', () => console.log('pid ' + process.pid))`)
    assert.notEqual(pidOf(outputOf(first)), pidOf(outputOf(second)))
  })

  it('inherits no memory: thirty modules in one process, two sessions each', async function () {
    // Node >= 22 keeps the deadline of a request, and with it who sent it, until it passes, whenever the answer came: those of
    // the modules before the two that are compared have passed.
    const deadlineMs = 4_000
    const padding = `const padding = ${JSON.stringify('x'.repeat(80_000))}\n`
    const code = `${padding}
      browser.addCommand('mine', () => padding.length)
      for (let i = 0; i < 3; i++) it('test ' + i, async () => { await $('#who').getText(); await useDevice('bob'); await expect($('#who')).toExist() })
      after(() => {
        // It collects all garbage first.
        process.getBuiltinModule('node:v8').queryObjects(class {})
        console.log('pid ' + process.pid + ' heap ' + process.memoryUsage().heapUsed)
      })`
    const roles = ['alice', 'bob'].map(role => farm.role(role, { connectionRetryTimeout: deadlineMs }))
    const heaps: number[] = []
    const pids = new Set<string>()
    for (let module = 0; module < 30; module++) {
      if (module === 9 || module === 29) await delay(deadlineMs)
      const result = await farm.run(code, { roles })
      mustPass(result)
      pids.add(pidOf(outputOf(result)))
      heaps.push(Number(/heap (\d+)/.exec(outputOf(result))?.[1]) / 1024 / 1024)
    }
    assert.equal(pids.size, 1)
    const grown = (heaps.at(-1) ?? 0) - (heaps[9] ?? 0)
    // 20 modules: 17 MB where detaching is forgotten, more where loading leaks; compiled code grows by up to 3 (Node 24).
    assert.ok(grown < 5, `grew by ${grown.toFixed(1)} MB: ${heaps.map(heap => heap.toFixed(1)).join(' ')}`)
  })
})
