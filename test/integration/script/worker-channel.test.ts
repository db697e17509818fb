import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunModule, WorkerReport } from '../../../src/script/worker-messages.js'
import { workerPipes } from '../../../src/script/worker-messages.js'
import { WorkerPool } from '../../../src/host/worker/worker-pool.js'
import { moduleOf } from './farm.js'

const { toHost } = workerPipes

const report = { verdict: 'passed', started: true, counts: { passed: 9, failed: 0, pending: 0 } }
const done = JSON.stringify({ type: 'done', report })

const imports = `
  const builtin = name => process.getBuiltinModule(name)
  const fs = builtin('node:fs')
  const done = ${JSON.stringify(done)}
`

/** What a module does to make the host believe that it has passed. */
const forgeries: Readonly<Record<string, string>> = {
  'writes to the descriptor': `fs.writeSync(${toHost}, '\\n' + done + '\\n')`,
  'writes half a line': `fs.writeSync(${toHost}, done)`,
  'writes a guessed secret': `fs.writeSync(${toHost}, '\\n' + '0'.repeat(32) + ' ' + done + '\\n')`,
  'writes more than a message may have': `for (let i = 0; i < 40; i++) fs.writeSync(${toHost}, 'x'.repeat(1_000_000))`,
  'writes to every active handle': `
    for (const handle of process._getActiveHandles()) if (handle.write) handle.write('\\n' + done + '\\n')`,
  'has a child write': `
    const code = "require('fs').writeSync(3, " + JSON.stringify('\\n' + done + '\\n') + ')'
    builtin('node:child_process').execFileSync(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'pipe', ${toHost}] })`,
  'changes what is sent with toJSON': `
    Object.prototype.toJSON = function () { return this.type === 'done' ? JSON.parse(done) : { ...this, toJSON: undefined } }`,
  'replaces JSON.stringify': `
    const { stringify } = JSON
    JSON.stringify = (value, ...rest) => (value?.type === 'done' ? done : stringify(value, ...rest))`,
  'takes the secret from what is written': `
    const seen = []
    for (const [target, name] of [[fs, 'writeSync'], [fs, 'write'], [builtin('node:net').Socket.prototype, 'write']]) {
      const original = target[name]
      target[name] = function (...args) { seen.push(...args); return original.apply(this, args) }
    }
    for (const type of [TextEncoder.prototype, Buffer]) {
      for (const name of ['encode', 'from']) {
        const original = type[name]
        if (original) type[name] = function (...args) { seen.push(...args); return original.apply(this, args) }
      }
    }
    builtin('node:module').syncBuiltinESMExports()
    console.log('something to send')
    const secret = seen.map(String).map(text => /([0-9a-f]{32}) /.exec(text)?.[1]).find(Boolean)
    if (secret) fs.writeSync(${toHost}, '\\n' + secret + ' ' + done + '\\n')`,
  'takes the secret from the memory of buffers': `
    const memory = Buffer.from(Buffer.from('a').buffer).toString('latin1')
    const secret = /([0-9a-f]{32}) \\{/.exec(memory)?.[1]
    if (secret) fs.writeSync(${toHost}, '\\n' + secret + ' ' + done + '\\n')`,
  'sends as a child process does': `
    process.send?.(JSON.parse(done))
    process._send?.(JSON.parse(done))
    process.channel?.writeUtf8String?.({}, done + '\\n')`,
}

/** What a module does to the pipes → what is said about it. */
const breakages: Readonly<Record<string, [code: string, message: RegExp]>> = {
  ...Object.fromEntries(
    Object.entries(workerPipes).map(([name, fd]) => [
      `closes ${name}`,
      [
        `fs.closeSync(${fd}); return new Promise(() => {})`,
        /closed a pipe between its process and the host in 'breaks'/,
      ],
    ]),
  ),
  'closes all of its descriptors': [
    `for (let fd = 3; fd < 30; fd++) { try { fs.closeSync(fd) } catch {} }`,
    /exit code 1 in 'breaks'|closed a pipe between|ended by SIGABRT/,
  ],
}

describe('the channel between host and worker', () => {
  let pool: WorkerPool
  before(() => {
    pool = new WorkerPool({ size: 1 })
  })
  after(() => pool.close())

  async function run(code: string): Promise<{ report: WorkerReport; output: string; titles: string[] }> {
    let output = ''
    const titles: string[] = []
    const seen = await pool.run(jobOf(code), {
      moduleTimeoutMs: 20_000,
      onEvent: event => {
        if (event.type === 'log') output += `${event.text}\n`
        if (event.type === 'test:end') titles.push(event.title.join(' '))
      },
    })
    return { report: seen, output, titles }
  }

  async function nextPasses(): Promise<void> {
    const next = await run("it('is the next module', () => {})")
    assert.deepEqual(next.report.verdict, 'passed')
    assert.equal(next.output, '')
  }

  for (const [what, code] of Object.entries(forgeries)) {
    it(`ignores a module that ${what}`, async () => {
      const forged = await run(`${imports}
        it('forges', () => { ${code} })
        it('fails', () => { throw new Error('really') })`)
      assert.deepEqual([forged.report.verdict, forged.report.counts.failed], ['failed', 1])
      if (code.includes('writeSync(') && what.startsWith('writes'))
        assert.equal(forged.output.split('Baton ignored what the module wrote to file descriptor 3').length, 2)
      await nextPasses()
    })
  }

  it('fails a module that breaks it, and no other', async () => {
    await Promise.all(
      Object.entries(breakages).map(async ([what, [code, message]]) => {
        const broken = await run(`${imports} it('breaks', () => { ${code} })`)
        assert.deepEqual([broken.report.verdict, broken.report.error?.code], ['failed', 'BATON_WORKER_LOST'], what)
        assert.match(broken.report.error?.message ?? '', message, what)
        // SIGABRT: Node's own reaction, which counts as the module's doing.
        assert.ok([undefined, 'SIGABRT'].includes(broken.report.workerEnd?.signal), broken.report.error?.message)
      }),
    )
    await nextPasses()
  })

  it('writes nothing into a file that has its number', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'baton-test-'))
    try {
      const file = join(folder, 'mine.txt')
      const { report, output } = await run(`${imports} it('replaces it', () => {
        fs.closeSync(${toHost})
        assert.equal(fs.openSync(${JSON.stringify(file)}, 'w'), ${toHost})
        console.log('to the channel')
      })`)
      assert.equal(report.error?.code, 'BATON_WORKER_LOST')
      assert.match(output, /the module closed file descriptor 3/)
      assert.equal(await readFile(file, 'utf8'), '')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('looks to a module as if its process had no parent', async () => {
    const code = `
      it('has none', () => {
        for (const name of ['send', '_send', 'disconnect', 'connected', 'channel', '_channel'])
          assert.equal(name in process, false, name)
        for (const name of Object.keys(process.env)) assert.doesNotMatch(name, /CHANNEL|BATON/)
        process.on('message', () => {}).on('disconnect', () => {})
      })
      it('is not inherited', () => {
        const look = 'for (let fd = 3; fd < 20; fd++) { try { if (require("fs").fstatSync(fd).isSocket()) console.log(fd) } catch {} }'
        const { execFileSync } = process.getBuiltinModule('node:child_process')
        const found = execFileSync(process.execPath, ['-e', look], { stdio: ['ignore', 'pipe', 'inherit'] })
        assert.equal(String(found), '')
      })
      it('leaves a module its own children', async () => {
        const { spawn } = process.getBuiltinModule('node:child_process')
        const code = "process.on('message', m => { process.send(m + 1); process.disconnect() })"
        const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
        const answer = await new Promise(resolve => { child.on('message', resolve); child.send(1) })
        assert.equal(answer, 2)
        await new Promise(resolve => child.on('exit', resolve))
        assert.equal(process.getBuiltinModule('node:cluster').isPrimary, true)
      })`
    const { report, output, titles } = await run(code)
    assert.deepEqual([report.verdict, report.counts.passed], ['passed', 3], `${output} ${titles.join()}`)
  })

  it('keeps characters whole that arrive in two parts, and long messages', async () => {
    const { report, output, titles } = await run(`${imports}
      it('${'ä€😀'.repeat(20_000)}', () => {})
      it('prints', () => {
        const bytes = Buffer.from('ä€😀\\n')
        for (let at = 0; at < bytes.length; at++) process.stdout.write(bytes.subarray(at, at + 1))
        for (let at = 0; at < bytes.length; at++) fs.writeSync(2, bytes.subarray(at, at + 1))
      })`)
    assert.equal(report.verdict, 'passed')
    assert.equal(titles[0], 'ä€😀'.repeat(20_000))
    assert.deepEqual(output.trim().split('\n'), ['ä€😀', 'ä€😀'])
  })
})

function jobOf(code: string): RunModule {
  return {
    type: 'run',
    module: moduleOf(code),
    roles: [],
    firstRole: 'alice',
    mocha: { timeoutMs: 20_000, bail: false, forbidOnly: false },
    env: {},
    servers: {},
    inspect: false,
  }
}
