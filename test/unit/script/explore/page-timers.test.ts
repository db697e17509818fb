import assert from 'node:assert/strict'
import { runInNewContext } from 'node:vm'
import type { Branch } from '../../../../src/script/branch/branch.js'
import type { Operation } from '../../../../src/explore/operation.js'
import type { PageTimer } from '../../../../src/script/explore/page-monitor.js'
import { holdTimers, pageTimers, releaseTimers } from '../../../../src/script/explore/page-scripts.js'
import { PageTimers } from '../../../../src/script/explore/page-timers.js'
import { VirtualTime } from '../../../../src/script/explore/virtual-time.js'

/** A page whose native timers run by hand, and whose clock stands still. */
class Page {
  readonly native = new Map<number, { act: () => void; ms: number; isRepeated: boolean }>()
  readonly log: string[] = []
  #ids = 0
  readonly #window: Record<string, unknown>

  constructor() {
    const start = (isRepeated: boolean) => (act: () => void, ms: number) => {
      this.native.set(++this.#ids, { act, ms, isRepeated })
      return this.#ids
    }
    const stop = (id: number): void => void this.native.delete(id)
    this.#window = {
      setTimeout: start(false),
      setInterval: start(true),
      clearTimeout: stop,
      clearInterval: stop,
      requestAnimationFrame: () => 0,
      performance: { now: () => 1_000 },
      Date: class extends Date {
        static override now = (): number => 5_000
      },
      log: (text: string) => this.log.push(text),
    }
    Object.assign(this.#window, { window: this.#window, top: this.#window })
    this.run(pageTimers)
  }

  run(code: string): unknown {
    return runInNewContext(code, this.#window)
  }

  /** Runs the native timers with so many milliseconds. */
  pass(ms: number): void {
    for (const [id, timer] of [...this.native].filter(([, timer]) => timer.ms === ms)) {
      if (!timer.isRepeated) this.native.delete(id)
      timer.act()
    }
  }

  /** Round, milliseconds and those left of each timer that waits. */
  get kept(): [round: number, ms: number, leftMs: number][] {
    return JSON.parse(String(this.run('JSON.stringify(window.__batonTimers.kept())'))) as []
  }

  fire(index = 0): void {
    this.run(`window.__batonTimers.fire(${this.kept[index]?.[0]})`)
    this.pass(0)
  }
}

describe('the timers of a page that is explored', () => {
  it('run as they come until they are held, and again after that', () => {
    const page = new Page()
    page.run(`setTimeout(text => log(text), 100, 'one'); clearTimeout(setTimeout(() => log('never'), 100))`)
    assert.deepEqual(page.kept, [])
    page.pass(100)
    page.run(holdTimers)
    page.run(`setTimeout(() => log('two'), 300); setTimeout(() => log('short'), 20)`)
    page.pass(300)
    page.pass(20)
    assert.deepEqual(page.log, ['one', 'short'])
    page.run(releaseTimers)
    page.pass(300)
    assert.deepEqual(page.log, ['one', 'short', 'two'])
  })

  it('are held although they were started before', () => {
    const page = new Page()
    page.run(`setTimeout(() => log('late'), 100)`)
    page.run(holdTimers)
    page.pass(100)
    assert.deepEqual(page.log, [])
    assert.deepEqual(
      page.kept.map(([, ms, leftMs]) => [ms, leftMs]),
      [[100, 100]],
    )
    page.fire()
    assert.deepEqual(page.log, ['late'])
  })

  it('run one by one, at the time that they wanted', () => {
    const page = new Page()
    page.run(holdTimers)
    page.run(`
      const show = name => log(name + ' ' + performance.now() + ' ' + Date.now() + ' ' + new Date().getTime())
      const id = setInterval(() => { show('interval'); if (performance.now() > 1300) clearInterval(id) }, 200)
      setTimeout(() => show('timeout'), 1000)
      clearTimeout(setTimeout(() => show('never'), 500))`)
    page.fire()
    assert.deepEqual(
      page.kept.map(([, ms]) => ms),
      [200, 1000],
    )
    page.fire()
    page.fire()
    assert.deepEqual(page.kept, [])
    assert.deepEqual(page.log, ['interval 1200 5200 5200', 'interval 1400 5400 5400', 'timeout 2000 6000 6000'])
  })

  it('leave Date and text handlers as they are', () => {
    const page = new Page()
    assert.equal(
      page.run(`new Date(7).getTime() + ' ' + (new Date() instanceof Date) + ' ' + typeof Date()`),
      '7 true string',
    )
    assert.equal(page.run(`new Date().constructor === Date`), true)
    page.run(holdTimers)
    page.run(`setTimeout("log('text')", 100)`)
    assert.deepEqual(page.kept, [])
    assert.equal([...page.native.values()].at(-1)?.ms, 100)
  })
})

describe('which timer of a page may run', () => {
  const branch = { role: 'alice', scope: {} } as Branch
  const message = { kind: 'received' } as Operation
  const timer = (round: number, ms: number): PageTimer => ({ page: 'p', round, ms, leftMs: ms })
  let fired: number[]
  let kept: Record<string, PageTimer[]>
  let time: VirtualTime
  let timers: PageTimers
  beforeEach(() => {
    fired = []
    kept = { alice: [timer(1, 2_000)], bob: [timer(2, 500)] }
    time = new VirtualTime(
      () => 0,
      () => {},
    )
    const device = (role: string): { readonly pageTimers: PageTimer[]; fireTimer: (timer: PageTimer) => void } => ({
      get pageTimers() {
        return kept[role] ?? []
      },
      fireTimer({ round }) {
        fired.push(round)
        kept[role] = (kept[role] ?? []).filter(each => each.round !== round)
      },
    })
    timers = new PageTimers(new Map(['alice', 'bob'].map(role => [role, device(role)])))
  })

  function runEarly(): number | undefined {
    const next = timers.early(time, [message])
    if (next) timers.fireEarly(next, time.now)
    return next?.round
  }

  it('runs the one that is due first, and those later from then on', () => {
    assert.equal(runEarly(), 2)
    kept['bob'] = [timer(3, 1_600)]
    assert.equal(runEarly(), 1, 'of 2,000 ms, 1,500 are left')
    assert.equal(runEarly(), 3)
    assert.deepEqual(fired, [2, 1, 3])
    assert.deepEqual(timers.counts, { ran: 3, early: 3 })
  })

  it('runs none early if something else than a message can happen, or nothing', () => {
    assert.equal(timers.early(time, [message, { kind: 'command' } as Operation]), undefined)
    assert.equal(timers.early(time, [message, { kind: 'poll' } as Operation]), undefined)
    assert.equal(timers.early(time, []), undefined)
  })

  it('runs none early that is due after a branch would have gone on', () => {
    const wait = (ms: number, isPoll = false): void =>
      void time.start(branch, ms, { isPoll, isDeadline: !isPoll, isRepeated: false, run: () => {} })
    wait(1_000)
    wait(100, true)
    assert.equal(runEarly(), 2)
    assert.equal(runEarly(), undefined)
    kept = { alice: [timer(4, 20_000)] }
    time.end()
    assert.equal(runEarly(), undefined, 'longer than anybody waits')
  })

  it('takes it that matchers wait for two seconds', () => {
    time.start(branch, 100, { isPoll: true, isDeadline: false, isRepeated: false, run: () => {} })
    kept = { alice: [timer(1, 2_001)] }
    assert.equal(runEarly(), undefined)
    kept = { alice: [timer(2, 2_000)] }
    assert.equal(runEarly(), 2)
  })
})
