import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { mustPass, outputOf, TestFarm, titlesOf } from './farm.js'

const pidOf = (output: string): string => /pid (\d+)/.exec(output)?.[1] ?? 'none'

describe('a module that follows another one in its process', () => {
  let farm: TestFarm
  before(async () => {
    farm = await TestFarm.start({ spare: 0, size: 1 })
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

  it('inherits no globals, environment, matchers, options, listeners or working directory', async () => {
    const { same } = await inTurn(
      `it('changes what it can', async () => {
        globalThis.leftOver = 1
        globalThis.fetch = () => 'mine'
        delete globalThis.structuredClone
        Array.prototype.last = function () { return this.at(-1) }
        JSON.stringify = () => 'mine'
        Error.stackTraceLimit = 1
        process.env.LEFT = 'over'
        process.exitCode = 3
        process.on('exit', () => {})
        process.on('SIGUSR2', () => {})
        process.argv.push('--mine')
        process.chdir('/')
        globalThis.expect.extend({ toBeMine: () => ({ pass: true, message: () => '' }) })
        globalThis.expect(1).toBeMine()
        const { setOptions } = await $baton('expect-webdriverio')
        setOptions({ wait: 1 })
        console.log = () => {}
      })`,
      `it('finds all as it was', async () => {
        assert.equal(globalThis.leftOver, undefined)
        assert.equal(typeof structuredClone, 'function')
        assert.notEqual(fetch.toString(), "() => 'mine'")
        assert.equal([].last, undefined)
        assert.equal(JSON.stringify(1), '1')
        assert.equal(Error.stackTraceLimit, 200)
        assert.deepEqual({ ...process.env }, {})
        assert.equal(process.exitCode, undefined)
        assert.equal(process.listenerCount('SIGUSR2'), 0)
        assert.equal(process.argv.includes('--mine'), false)
        assert.notEqual(process.cwd(), '/')
        assert.equal(globalThis.expect(1).toBeMine, undefined)
        assert.equal(globalThis.expect.toBeMine, undefined)
        assert.equal((await $baton('expect-webdriverio')).getConfig().wait, 5000)
        assert.deepEqual(Object.keys(globalThis).filter(name => ['describe', 'suite'].includes(name)), ['describe', 'suite'])
      })`,
    )
    assert.ok(same, 'the process was used again')
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
    const result = await farm.run(`it('sees', () => assert.deepEqual({ ...process.env }, { ONLY: 'this' }))`, {
      env: { ONLY: 'this' },
    })
    mustPass(result)
  })

  const spoils: [string, string][] = [
    ['a frozen builtin', `Object.freeze(Array.prototype)`],
    ['a property that cannot be removed', `Object.defineProperty(globalThis, 'mine', { value: 1 })`],
    ['a timer that still runs', `setInterval(() => {}, 1000)`],
    ['a server', `process.getBuiltinModule('node:net').createServer().listen(0)`],
  ]
  for (const [what, code] of spoils) {
    it(`gets a new process instead after ${what}`, async () => {
      const { same } = await inTurn(
        `it('spoils', () => { ${code} })`,
        `it('is fine', () => assert.equal(globalThis.mine, undefined))`,
      )
      assert.equal(same, false)
    })
  }

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
    this.timeout(180_000)
    // Node >= 22 keeps the deadline of a request, and with it who sent it, until it passes, whenever the answer came: those of
    // the modules before the two that are compared have passed.
    const deadlineMs = 4_000
    const padding = `const padding = ${JSON.stringify('x'.repeat(80_000))}\n`
    const code = `${padding}
      browser.addCommand('mine', () => padding.length)
      for (let i = 0; i < 3; i++) it('test ' + i, async () => { await $('#who').getText(); await useDevice('bob'); await expect($('#who')).toExist() })
      after(() => {
        process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc')
        const gc = process.getBuiltinModule('node:vm').runInNewContext('gc')
        for (let i = 0; i < 3; i++) gc()
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
