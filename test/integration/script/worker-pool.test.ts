import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ModuleEvent } from '../../../src/event/run-event.js'
import { noTests } from '../../../src/event/verdicts.js'
import { WorkerPool } from '../../../src/host/worker/worker-pool.js'
import type { RunModule, WorkerReport } from '../../../src/script/worker-messages.js'
import { freePort } from '../../../src/process/free-port.js'
import { moduleOf } from './farm.js'

const job = (code: string, more: Partial<RunModule> = {}): RunModule => ({
  type: 'run',
  module: moduleOf(code),
  roles: [],
  firstRole: 'alice',
  mocha: { timeoutMs: 60_000, bail: false, forbidOnly: false },
  env: {},
  servers: {},
  inspect: false,
  ...more,
})

const quiet = { moduleTimeoutMs: 20_000, onEvent: () => {} }

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch {
    return false
  }
}

/** Dead, and only waiting for its parent to notice. */
function isZombie(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Waits until none of the processes is there; the test's own timeout is the deadline. */
async function gone(pids: number[]): Promise<void> {
  while (pids.some(lives)) await new Promise(resolve => setTimeout(resolve, 20))
}

describe('WorkerPool', () => {
  let pool: WorkerPool
  beforeEach(() => {
    pool = new WorkerPool()
  })
  afterEach(async () => {
    const { pids } = pool
    await pool.close()
    assert.deepEqual(pids.filter(lives), [])
    assert.deepEqual(pool.pids, [])
  })

  it('executes modules at the same time, each in a process of its own', async () => {
    const code = `it('waits', () => new Promise(resolve => setTimeout(resolve, 100)))`
    const outcomes = await Promise.all([1, 2, 3].map(() => pool.run(job(code), quiet)))
    assert.deepEqual(
      outcomes.map(({ verdict }) => verdict),
      ['passed', 'passed', 'passed'],
    )
  })

  it('kills a module at its deadline, counted from its first line, and reports where it was', async () => {
    const code = `it('quick', () => {}); describe('suite', () => { it('never ends', () => { for (;;); }) })`
    const { verdict, counts, error } = await pool.run(job(code), { ...quiet, moduleTimeoutMs: 4_000 })
    assert.equal(verdict, 'failed')
    assert.deepEqual(counts, { passed: 1, failed: 0, pending: 0 })
    assert.equal(error?.code, 'BATON_MODULE_TIMEOUT')
    assert.match(error.message, /after 4000 ms in 'suite › never ends', 'alice' was active/)
    assert.equal((await pool.run(job(`it('goes on', () => {})`), quiet)).verdict, 'passed')
  })

  it('names a hook, or the loading, that passed the deadline', async () => {
    // Long enough for a busy machine to come to the hook.
    const deadline = { ...quiet, moduleTimeoutMs: 4_000 }
    const hook = await pool.run(job(`before(() => new Promise(() => {})); it('x', () => {})`), deadline)
    assert.match(hook.error?.message ?? '', /in '"before all" hook for "x"'/)
    const loading = await pool.run(job(`await new Promise(() => {})`), { ...quiet, moduleTimeoutMs: 100 })
    assert.match(loading.error?.message ?? '', /while it was loaded/)
  })

  it('pauses the deadline of a module while artifacts are collected', async () => {
    const code = `
      afterEach(() => console.log('afterEach'))
      it('fails', () => { throw new Error('no') })
      it('passes', () => {})`
    const order: string[] = []
    const report = await pool.run(job(code), {
      moduleTimeoutMs: 3_000,
      onEvent: event => {
        if (event.type === 'log') order.push(event.text)
        if (event.type === 'test:end') order.push(`${event.title.join(' ')} ${event.state}`)
      },
      onFailing: async title => {
        order.push(`looks at ${title.join(' ')}`)
        await delay(3_500)
        order.push('has looked')
      },
    })
    assert.equal(report.error, undefined)
    assert.deepEqual(report.counts, { passed: 1, failed: 1, pending: 0 })
    const after = ['afterEach', 'passes passed', 'afterEach']
    assert.deepEqual(order, ['looks at fails', 'has looked', 'fails failed', ...after])
  })

  it('reports whether a module that failed as a whole could touch a device', async () => {
    const load = await pool.run(job(`throw new Error('while loading')`), quiet)
    assert.deepEqual([load.verdict, load.untouched], ['failed', true])
    const late = await pool.run(job(`it('x', () => {}); after(() => process.exit(1))`), quiet)
    assert.deepEqual([late.verdict, late.untouched], ['failed', undefined])
  })

  it('distinguishes an exit of the module from a kill from outside', async () => {
    const exit = await pool.run(job(`it('leaves', () => process.exit(7))`), quiet)
    assert.equal(exit.error?.code, 'BATON_WORKER_LOST')
    assert.deepEqual(exit.workerEnd, { exitCode: 7 })
    assert.match(exit.error.message, /exit code 7 in 'leaves'/)
    const killed = await pool.run(job(`it('dies', () => process.kill(process.pid, 'SIGKILL'))`), quiet)
    assert.deepEqual(killed.workerEnd, { signal: 'SIGKILL' })
    // As V8 does where memory runs out.
    const aborted = await pool.run(job(`it('aborts', () => process.abort())`), quiet)
    assert.deepEqual(aborted.workerEnd, { signal: 'SIGABRT' })
  })

  it('stops a module at once when it is aborted', async () => {
    const abort = new AbortController()
    const execution = pool.run(job(`it('never ends', () => { for (;;); })`), {
      ...quiet,
      signal: abort.signal,
      onEvent: event => {
        if (event.type === 'test:start') abort.abort()
      },
    })
    assert.equal((await execution).verdict, 'interrupted')
    assert.equal((await pool.run(job(''), { ...quiet, signal: abort.signal })).verdict, 'interrupted')
  })

  it('ends the processes of a module with the module', async () => {
    let pid = 0
    const code = `it('starts', async () => {
      const child = process.getBuiltinModule('node:child_process').spawn('sleep', ['1000'])
      console.log('child ' + child.pid)
    })`
    const report = await pool.run(job(code), {
      ...quiet,
      onEvent: event => {
        if (event.type === 'log') pid = Number(/child (\d+)/.exec(event.text)?.[1])
      },
    })
    assert.equal(report.verdict, 'passed')
    assert.ok(pid > 0)
    await gone([pid])
  })

  it('replaces a spare that died, and blames no module for it', async () => {
    const [spare] = pool.pids
    assert.ok(spare)
    process.kill(spare, 'SIGKILL')
    assert.equal((await pool.run(job(`it('runs', () => {})`), quiet)).verdict, 'passed')
  })

  it('starts no more workers than modules can run at the same time', async () => {
    const single = new WorkerPool({ maxModules: () => 1 })
    try {
      const first = single.pids
      assert.equal(first.length, 1)
      const during: number[][] = []
      const onEvent = (): void => void during.push(single.pids)
      await single.run(job(`it('runs', () => {})`), { ...quiet, onEvent })
      assert.ok(during.length > 0 && during.every(pids => pids.join() === first.join()))
      await single.run(job(`it('ends', () => process.exit())`), quiet)
      assert.equal(single.pids.filter(pid => !first.includes(pid)).length, 1, 'the next one warms up')
    } finally {
      await single.close()
    }
  })

  it('receives what native code prints, even if the module or its process ends while the host is busy', async () => {
    const ends = { module: '', process: 'process.kill(process.pid, 9)' }
    for (const [what, end] of Object.entries(ends)) {
      const texts: string[] = []
      await pool.run(job(`it('writes', () => { process.getBuiltinModule('node:fs').writeSync(1, 'raw'); ${end} })`), {
        ...quiet,
        onEvent: event => {
          if (event.type === 'log') texts.push(event.text)
          // Until all that the worker has to say is there to be read.
          if (event.type === 'test:start') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
        },
      })
      assert.deepEqual(texts, ['raw'], `the ${what} ended`)
    }
  })

  it('receives whole lines, even if they arrive in pieces', async () => {
    const texts: string[] = []
    const code = `it('writes', () => {
      const program = "for (const text of ['a', 'b']) process.stdout.write(text.repeat(300000) + '\\\\n')"
      process.getBuiltinModule('node:child_process').execFileSync(process.execPath, ['-e', program], { stdio: 'inherit' })
    })`
    await pool.run(job(code), {
      ...quiet,
      onEvent: event => {
        if (event.type === 'log') texts.push(event.text)
      },
    })
    assert.equal(texts.join('\n'), ['a', 'b'].map(text => text.repeat(300_000)).join('\n'))
    assert.ok(texts.every(text => text.endsWith('a'.repeat(300_000)) || text.endsWith('b'.repeat(300_000))))
  })

  it('cuts a line of a child process that does not end', async () => {
    const texts: string[] = []
    const code = `it('writes', () => {
      const program = "for (let i = 0; i < 30; i++) process.stdout.write('x'.repeat(100000))"
      process.getBuiltinModule('node:child_process').execFileSync(process.execPath, ['-e', program], { stdio: 'inherit' })
    })`
    await pool.run(job(code), {
      ...quiet,
      onEvent: event => {
        if (event.type === 'log') texts.push(event.text)
      },
    })
    const note = '… (2000000 more characters of this line left out)'
    assert.equal(texts.join('\n').replaceAll(/x{1000000}/g, 'million'), `million${note}`)
  })

  it('survives a worker that could not be started', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', note)
    const { execPath } = process
    process.execPath = '/nowhere/node'
    const broken = new WorkerPool()
    try {
      const report = await broken.run(job(''), quiet)
      assert.equal(report.error?.code, 'BATON_WORKER_LOST')
    } finally {
      process.execPath = execPath
      await broken.close()
      process.off('unhandledRejection', note)
    }
    assert.deepEqual(unhandled, [])
  })

  it('closes with modules in flight', async () => {
    let report: Promise<WorkerReport> | undefined
    await new Promise<void>(resolve => {
      const onEvent = ({ type }: ModuleEvent): void => {
        if (type === 'test:start') resolve()
      }
      report = pool.run(job(`it('never ends', () => new Promise(() => {}))`), { ...quiet, onEvent })
    })
    await pool.close()
    assert.deepEqual(await report, { verdict: 'interrupted', started: true, counts: noTests() })
  })
})

describe('WorkerPool under --inspect', () => {
  it('has a debugger, and neither deadlines nor timeouts', async () => {
    const pool = new WorkerPool({ inspectPort: await freePort() })
    const code = `it('takes its time', async () => {
      assert.match(process.getBuiltinModule('node:inspector').url(), /^ws:/)
      await new Promise(resolve => setTimeout(resolve, 150))
    })`
    try {
      const mocha = { timeoutMs: 20, bail: false, forbidOnly: false }
      const run = (): Promise<WorkerReport> =>
        pool.run(job(code, { inspect: true, mocha }), { ...quiet, moduleTimeoutMs: 20 })
      assert.equal((await run()).verdict, 'passed')
      assert.equal((await run()).verdict, 'passed')
      assert.equal(pool.pids.length, 1)
    } finally {
      await pool.close()
    }
  })
})

describe('a host that is killed', () => {
  it('leaves no worker behind, not even one in an endless loop', async () => {
    const host = fork(fileURLToPath(new URL('host-process.js', import.meta.url)), { stdio: 'ignore' })
    const [pids] = (await once(host, 'message')) as [number[]]
    assert.ok(pids.length >= 2)
    assert.ok(pids.every(lives))
    host.kill('SIGKILL')
    await gone(pids)
  })
})
