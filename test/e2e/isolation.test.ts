import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Project } from './baton-cli.js'
import { RunOutcome } from './run-outcome.js'

const env = {
  TOKEN: 'correct-horse/battery',
  PASSWORD: 'p4ss:w@rd!',
  SHORT: 'abc',
  LAB: 'lab-of-carol',
  NOT_NAMED: 'x',
  GIVEN: 'from outside',
  TZ: 'UTC',
}

describe('the isolation of modules', () => {
  let project: Project
  let run: RunOutcome
  before(async () => {
    project = new Project({
      'devices.json': {
        devices: [
          {
            name: 'alice',
            driver: 'fake',
            reset: 'none',
            labels: ['${env:LAB}'],
            capabilities: { 'x:pin': '${env:TOKEN}' },
          },
        ],
        env: {
          TOKEN: '${env:TOKEN}',
          GREETING: 'hello ${env:SHORT}',
          LINK: 'https://me:${env:PASSWORD}@farm.example/',
        },
        setup: ['setup.ts'],
      },
      'setup.ts': `
        const shared = globalThis as unknown as { loaded: number }
        shared.loaded = (shared.loaded ?? 0) + 1`,
      'modules/1-environment.ts': `
        it('prints it', () => console.log('ENV ' + JSON.stringify(process.env)))`,
      'modules/2-secrets.ts': `
        it('prints them', () => {
          console.log(process.env.TOKEN, encodeURIComponent(process.env.TOKEN!), Buffer.from(process.env.TOKEN!).toString('base64'))
          console.error('link: ' + process.env.LINK)
          process.stdout.write('greeting: ' + process.env.GREETING + '\\n')
        })
        it('names one: ' + process.env.TOKEN, () => {
          const error = new Error('refused ' + process.env.TOKEN)
          throw Object.assign(error, { expected: process.env.TOKEN, actual: 'x' + process.env.TOKEN })
        })`,
      'modules/3-litters.ts': `
        import { browser, expect } from '@wdio/globals'
        import { EventEmitter } from 'node:events'
        Object.assign(globalThis, { leftover: 1, setTimeout: Object.assign(setTimeout, {}) })
        Object.assign(Array.prototype, { last() { return 'patched' } })
        const { parse } = JSON
        JSON.parse = () => { throw new Error('patched') }
        process.env.LEFTOVER = '1'
        process.env.GREETING = 'changed'
        delete process.env.PATH
        process.exitCode = 3
        EventEmitter.defaultMaxListeners = 99
        expect.extend({ toBeEven: (n: number) => ({ pass: n % 2 === 0, message: () => 'not even' }) })
        browser.addCommand('leftover', () => 1)
        it('has them', () => { (expect(2) as never as { toBeEven(): void }).toBeEven(); console.log('pid ' + process.pid) })
        after(() => { JSON.parse = parse })`,
      'modules/4-finds-nothing.ts': `
        import { browser, expect } from '@wdio/globals'
        import { EventEmitter } from 'node:events'
        it('of what was left', () => {
          console.log('pid ' + process.pid)
          expect('leftover' in globalThis).toBe(false)
          expect('last' in []).toBe(false)
          expect(JSON.parse('1')).toBe(1)
          expect(process.env.LEFTOVER).toBe(undefined)
          expect(process.env.GREETING).toBe('hello abc')
          expect(process.env.PATH).toMatch(/bin/)
          expect(process.exitCode).toBe(undefined)
          expect(EventEmitter.defaultMaxListeners).toBe(10)
          expect('toBeEven' in expect(2)).toBe(false)
          expect('leftover' in browser).toBe(false)
          expect((globalThis as unknown as { loaded: number }).loaded).toBe(1)
        })`,
      'modules/5-keeps-running.ts': `
        setInterval(() => {}, 1000)
        Object.freeze(Array.prototype)
        it('leaves a timer', () => { console.log('pid ' + process.pid) })`,
      'modules/6-after-it.ts': `
        it('has another process', () => { console.log('pid ' + process.pid); Object.assign(Array.prototype, { x: 1 }) })`,
    })
    const given = ['--env', 'GIVEN', '--env', 'ADDED=a=b']
    run = new RunOutcome(await project.run(['run', '--json', '--junit', 'junit.xml', ...given, 'modules'], env))
  })
  after(() => project.remove())

  it('limits their environment to PATH, HOME, TMPDIR, LANG, TZ, NODE_ENV, WDIO_WORKER_ID and the named variables', () => {
    const [line = ''] = run.module('modules/1-environment.ts').printed
    const seen = JSON.parse(line.slice('ENV '.length)) as Record<string, string>
    const { PATH, HOME, TMPDIR, LANG, ...named } = seen
    assert.deepEqual([PATH, HOME, LANG], [process.env['PATH'], process.env['HOME'], process.env['LANG']])
    assert.equal(TMPDIR, project.temporary)
    assert.deepEqual(named, {
      TZ: 'UTC',
      NODE_ENV: 'test',
      WDIO_WORKER_ID: '0-0',
      TOKEN: '***',
      GREETING: 'hello abc',
      LINK: 'https://me:***@farm.example/',
      GIVEN: 'from outside',
      ADDED: 'a=b',
    })
  })

  it('hides them from one another', () => {
    assert.equal(run.module('modules/3-litters.ts').verdict, 'passed')
    const { failures, printed } = run.module('modules/4-finds-nothing.ts')
    assert.deepEqual(failures, {})
    assert.deepEqual(printed, run.module('modules/3-litters.ts').printed, 'in one process')
    assert.equal(run.module('modules/5-keeps-running.ts').verdict, 'passed')
    assert.equal(run.module('modules/6-after-it.ts').verdict, 'passed')
    const pids = ['5-keeps-running', '6-after-it'].map(name => run.module(`modules/${name}.ts`).printed[0])
    assert.notEqual(pids[0], pids[1], 'a process with leftovers is replaced')
  })

  it('masks secrets that they print, everywhere and in any form', async () => {
    const { printed, tests, failures } = run.module('modules/2-secrets.ts')
    assert.deepEqual(printed, ['*** *** ***', 'link: https://me:***@farm.example/', 'greeting: hello abc'])
    assert.deepEqual(tests, { 'prints them': 'passed', 'names one: ***': 'failed' })
    const failure = failures['names one: ***']
    assert.deepEqual([failure?.message, failure?.expected, failure?.actual], ['refused ***', '"***"', '"x***"'])

    const [shown, listed, planned, failed] = await Promise.all([
      project.run(['run', 'modules/2-secrets.ts', '--verbose'], env),
      project.run(['devices'], env),
      project.run(['run', 'modules', '--dry-run', '--on', env.LAB], env),
      project.run(['run', 'modules', '--dry-run', '--on', `${env.LAB}-2`], env),
    ])
    assert.match(shown.stdout, /refused \*\*\*/)
    assert.match(listed.stdout, /\*\*\*/)
    const all = [run.result, shown, listed, planned, failed].flatMap(({ stdout, stderr }) => [stdout, stderr])
    const written = ['junit.xml', ...filesIn(path.join(project.directory, 'baton-report'))]
    all.push(...written.map(file => readFileSync(path.resolve(project.directory, file), 'utf8')))
    for (const secret of [env.TOKEN, env.PASSWORD, env.LAB]) {
      assert.equal(all.filter(text => text.includes(secret)).length, 0, secret)
    }
  })
})

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true })
  return entries.filter(entry => entry.isFile()).map(entry => path.join(entry.parentPath, entry.name))
}
