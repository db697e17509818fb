import assert from 'node:assert/strict'
import { fakeFarm, Project } from './baton-cli.js'
import type { RunRecord } from '../../src/report/run-record.js'
import { faultsOfJunit, faultsOfRunJson } from '../support/report-schemas.js'

const report = 'baton-report/latest'

/** @returns the run.json, after both files were held to their schemas */
async function validRecord(project: Project): Promise<RunRecord> {
  const json = project.read(`${report}/run.json`)
  assert.deepEqual(faultsOfRunJson(json), [])
  assert.deepEqual(await faultsOfJunit(project.read(`${report}/junit.xml`)), [])
  return JSON.parse(json) as RunRecord
}

const verdictsOf = (record: RunRecord): Record<string, string> =>
  Object.fromEntries(record.modules.map(({ file, verdict }) => [file.replace(/modules\/(.*)\.ts/, '$1'), verdict]))

describe('run.json and junit.xml', () => {
  const projects: Project[] = []
  const project = (modules: Record<string, string>, ...devices: string[]): Project => {
    const files = Object.entries(modules).map(([name, code]) => [`modules/${name}.ts`, code])
    const made = new Project({ 'devices.json': fakeFarm(...devices), ...Object.fromEntries(files) })
    projects.push(made)
    return made
  }
  after(() => projects.forEach(made => made.remove()))

  it('match their schemas if modules pass, fail, hang, crash, or are flaky, skipped or lost', async () => {
    const made = project(
      {
        passed: `it('passes', () => console.log('\\u001B[31m<out> ]]>')); it.skip('pending', () => {})`,
        failed: `it('fails <&"\\u0000\\uD800', () => { throw new Error('<b>]]>\\u0007') }); it('skips', function () { this.skip() })`,
        flaky: `
          import { existsSync, writeFileSync } from 'node:fs'
          it('fails once', () => {
            if (existsSync(process.env.MARK)) return
            writeFileSync(process.env.MARK, '')
            throw new Error('first')
          })`,
        skipped: `it.skip('left out', () => {})`,
        hook: `before(() => { throw new Error('no') }); it('is not reached', () => {})`,
        load: `throw new TypeError('while loading')`,
        empty: `export {}`,
        hangs: `it('hangs', function () { this.timeout(0); return new Promise(() => {}) })`,
        exits: `it('exits', () => process.exit(3))`,
        lost: `it('is killed', () => { process.kill(process.pid, 'SIGKILL') })`,
      },
      'alice',
      'bob',
    )
    const env = `MARK=${made.directory}/mark`
    const { exitCode, stdout } = await made.run([
      'run',
      'modules/*.ts',
      // ends the one that hangs, and none that a busy machine holds up
      '--module-timeout',
      '5000',
      '--retries',
      '1',
      '--env',
      env,
    ])
    assert.equal(exitCode, 1, stdout)
    assert.deepEqual(verdictsOf(await validRecord(made)), {
      passed: 'passed',
      failed: 'failed',
      flaky: 'flaky',
      skipped: 'skipped',
      hook: 'failed',
      load: 'failed',
      empty: 'skipped',
      hangs: 'failed',
      exits: 'failed',
      lost: 'lost',
    })
  })

  it('match their schemas after a stopped run', async () => {
    const hangs = `it('hangs', function () { this.timeout(0); return new Promise(() => {}) })`
    const made = project({ a: hangs, b: hangs }, 'alice')
    const running = made.start(['run', 'modules/*.ts', '--json'])
    await running.event('test:start')
    running.child.kill('SIGINT')
    assert.equal((await running.done).exitCode, 130)
    const record = await validRecord(made)
    assert.equal(record.interrupted, 'SIGINT')
    assert.deepEqual(verdictsOf(record), { a: 'not-run', b: 'not-run' })
  })

  it('match their schemas after a killed run, with every finished test from its events', async () => {
    const made = project(
      {
        a: `it('passes', () => {}); it('fails', () => { throw new Error('x') }); it('hangs', () => new Promise(() => {}))`,
      },
      'alice',
    )
    const running = made.start(['run', 'modules/*.ts', '--json'])
    await running.event('test:start', ({ title }) => title.includes('hangs'))
    running.child.kill('SIGKILL')
    await running.done
    assert.equal((await made.run(['report', report])).exitCode, 0)
    const record = await validRecord(made)
    assert.equal(record.exitCode, undefined)
    assert.deepEqual(verdictsOf(record), { a: 'interrupted' })
    const [attempt] = record.modules[0]?.attempts ?? []
    assert.deepEqual(
      attempt?.tests.map(({ title, state, artifacts = [] }) => [...title, state, artifacts.length]),
      [
        ['passes', 'passed', 0],
        ['fails', 'failed', 2],
      ],
    )
  })
})
