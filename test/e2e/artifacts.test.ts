import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { parseTrace } from '../../src/event/trace.js'
import type { RunRecord } from '../../src/report/run-record.js'
import { packageFile } from '../../src/process/package-root.js'
import { RedisServer } from '../support/redis-server.js'
import { faultsOfCtrf, faultsOfJunit, faultsOfRunJson } from '../support/report-schemas.js'
import { fakeFarm, Project } from './baton-cli.js'

const report = 'baton-report/latest'
const record = (project: Project): RunRecord => JSON.parse(project.read(`${report}/run.json`)) as RunRecord
const files = (project: Project): string[] =>
  readdirSync(`${project.directory}/${report}/artifacts`, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => `${parentPath}/${name}`.replace(/.*\/artifacts\//, ''))
    .toSorted()

async function assertValid(project: Project): Promise<void> {
  assert.deepEqual(faultsOfRunJson(project.read(`${report}/run.json`)), [])
  assert.deepEqual(await faultsOfJunit(project.read(`${report}/junit.xml`)), [])
}

describe('artifacts of a failure', () => {
  const projects: Project[] = []
  const project = (content: Record<string, string | object>): Project => {
    const made = new Project(content)
    projects.push(made)
    return made
  }
  after(() => projects.forEach(made => made.remove()))

  it('come from every device of the module, for tests, hooks and modules that hang, without secrets', async () => {
    const made = project({
      'app.xml': '<app title="s3cr3t-value"><MockButton id="one"/></app>',
      'modules/chat.ts': `
        import { browser } from '@wdio/globals'
        import { useDevice } from 'baton'
        describe('chat', () => {
          it('fails', async () => {
            await useDevice('alice')
            await useDevice('bob')
            await browser.url('https://example.org/?key=s3cr3t-value').catch(() => {})
            throw new Error('no')
          })
          it('passes at last', function () { this.retries(1); if (!globalThis.again) { globalThis.again = true; throw new Error('once') } })
          describe('in a room', () => {
            before(() => { throw new Error('no room') })
            it('is not reached', () => {})
          })
        })`,
      'modules/hangs.ts': `
        import { useDevice } from 'baton'
        it('hangs', async function () { this.timeout(0); await useDevice('carol'); await new Promise(() => {}) })`,
      'modules/loads-not.ts': `export const devices = { carol: 'carol' }
        throw new Error('while loading')`,
    })
    const app = `${made.directory}/app.xml`
    const device = { driver: 'fake', reset: 'none' }
    made.write({
      'devices.json': {
        devices: [
          { ...device, name: 'alice', app, capabilities: { 'x:key': '${env:KEY}' } },
          { ...device, name: 'bob', app },
          { ...device, name: 'carol' },
        ],
      },
    })
    // A run of its own: the others may take their time.
    const env = { KEY: 's3cr3t-value' }
    const hung = await made.run(['run', 'modules/hangs.ts', '--module-timeout', '1500'], env)
    assert.equal(hung.exitCode, 1, hung.stdout)
    assert.deepEqual(files(made), [
      'modules/hangs.ts/1/module/carol-screenshot.png',
      'modules/hangs.ts/1/module/carol-source.xml',
      'modules/hangs.ts/1/module/trace.ndjson',
    ])
    await assertValid(made)
    const { exitCode, stdout } = await made.run(
      [
        'run',
        'modules/chat.ts',
        'modules/loads-not.ts',
        '--reporter',
        'ctrf=out/ctrf.json',
        '--reporter',
        'transcript',
      ],
      env,
    )
    assert.equal(exitCode, 1, stdout)
    const hook = 'chat-in-a-room-before-all-hook-for-is-not-reached'
    const ofBoth = (folder: string): string[] =>
      ['alice', 'bob'].flatMap(role => [`${folder}/${role}-screenshot.png`, `${folder}/${role}-source.xml`])
    assert.deepEqual(files(made), [
      ...ofBoth('modules/chat.ts/1/chat-fails'),
      ...ofBoth(`modules/chat.ts/1/${hook}`),
      'modules/chat.ts/1/module/trace.ndjson',
    ])
    const trace = parseTrace(made.read(`${report}/artifacts/modules/chat.ts/1/module/trace.ndjson`))
    assert.deepEqual(trace?.header.roles, { alice: 'alice', bob: 'bob' })
    assert.deepEqual(
      trace.entries.flatMap(entry => (entry.type === 'command' ? [[entry.called, entry.args, entry.role]] : [])),
      [['url', ['https://example.org/?key=***'], 'bob']],
    )
    assert.deepEqual(faultsOfCtrf(made.read('out/ctrf.json')), [])
    const transcript = made.read(`${report}/transcripts/modules-chat.ts.md`)
    assert.match(transcript, /bob +url\(https:\/\/example\.org\/\?key=\*\*\*\)/)
    assert.match(stdout, /trace:\n +baton-report\/\S+\/chat\.ts\/1\/module\/trace\.ndjson\n/)
    const folder = `${report}/artifacts/modules/chat.ts/1/chat-fails`
    assert.match(made.read(`${folder}/alice-source.xml`), /<app title="\*\*\*"><MockButton id="one"\/><\/app>/)
    assert.match(
      stdout,
      /screenshots:\n +baton-report\/\S+\/artifacts\/modules\/chat\.ts\/1\/chat-fails\/alice-screens/,
    )

    const [chat] = record(made).modules.filter(({ file }) => file === 'modules/chat.ts')
    const [failed] = chat?.attempts[0]?.tests.filter(({ title }) => title.at(-1) === 'fails') ?? []
    assert.deepEqual(
      failed?.artifacts?.map(({ role, kind, path }) => [role, kind, path]),
      ofBoth('artifacts/modules/chat.ts/1/chat-fails').map((path, index) => [
        index < 2 ? 'alice' : 'bob',
        index % 2 === 0 ? 'screenshot' : 'source',
        path,
      ]),
    )
    assert.match(
      made.read(`${report}/junit.xml`),
      /\[\[ATTACHMENT\|baton-report\/[^|]+\/chat-fails\/bob-source\.xml\]\]/,
    )
    await assertValid(made)
  })

  it('come from devices of other hosts too', async () => {
    await using redis = await RedisServer.start()
    const made = project({
      'alice.json': fakeFarm('alice'),
      'bob.json': fakeFarm('bob'),
      'modules/chat.ts': `
        import { useDevice } from 'baton'
        it('fails', async () => { await useDevice('alice'); await useDevice('bob'); throw new Error('no') })`,
    })
    const url = `unix://${redis.socket}`
    const hosts = await Promise.all(['alice', 'bob'].map(name => startHost(made, name, url)))
    try {
      const { exitCode, stdout, stderr } = await made.run(['run', 'modules/*.ts', '--redis', url])
      assert.equal(exitCode, 1, stdout + stderr)
      const of = (role: string): string[] => [`${role}-screenshot.png`, `${role}-source.xml`]
      assert.deepEqual(files(made), [
        ...[...of('alice'), ...of('bob')].map(name => `modules/chat.ts/1/fails/${name}`),
        'modules/chat.ts/1/module/trace.ndjson',
      ])
      const left = await redis.connect().keys('*artifacts*')
      assert.deepEqual(left, [])
    } finally {
      await Promise.all(hosts.map(stopHost))
    }
  })

  it('show a browser before afterEach leaves the page, and nothing of earlier modules', async () => {
    const page = (text: string): string =>
      `'data:text/html,<h1>${text}</h1><script>console.error("${text} was logged")</script>'`
    const module = (text: string): string => `
        import { browser } from '@wdio/globals'
        import { useDevice } from 'baton'
        afterEach(() => browser.url('about:blank'))
        it('fails', async () => { await useDevice('alice'); await browser.url(${page(text)}); throw new Error('no') })`
    const made = project({
      'devices.json': { devices: [{ name: 'alice', driver: 'chromium', emulate: 'Pixel 7' }] },
      'modules/1.ts': module('first'),
      'modules/2.ts': module('second'),
    })
    const { exitCode, stdout } = await made.run(['run', 'modules/*.ts'])
    assert.equal(exitCode, 1, stdout)
    for (const [file, text] of [
      ['1.ts', 'first'],
      ['2.ts', 'second'],
    ] as const) {
      const folder = `${report}/artifacts/modules/${file}/1/fails`
      assert.match(made.read(`${folder}/alice-source.html`), new RegExp(`<h1>${text}</h1>`))
      const log = made.read(`${folder}/alice-browser.log`).trimEnd().split('\n')
      assert.equal(log.length, 1, log.join('\n'))
      assert.match(log[0] ?? '', new RegExp(`${text} was logged`))
      assert.match(made.read(`${folder}/alice-screenshot.png`), /^.PNG\r\n/)
    }
  })
})

async function startHost(project: Project, name: string, redis: string): Promise<ChildProcess> {
  const main = packageFile('dist', 'src', 'cli', 'main.js')
  const args = [main, 'host', '--devices', `${name}.json`, '--name', name, '--redis', redis]
  const host = spawn(process.execPath, args, { cwd: project.directory, stdio: ['ignore', 'pipe', 'inherit'] })
  await once(host.stdout, 'data')
  return host
}

async function stopHost(host: ChildProcess): Promise<void> {
  const ended = once(host, 'exit')
  host.kill('SIGTERM')
  await ended
}
