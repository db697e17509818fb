import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { LeaseScripts } from '../../../src/lease/lease-scripts.js'
import { FarmHistory } from '../../../src/run/history/farm-history.js'
import { FileHistory } from '../../../src/run/history/file-history.js'
import type { HistoryStore } from '../../../src/run/history/history.js'
import { historyLimits, type ModuleHistoryUpdate, type HistoryResult } from '../../../src/run/history/module-history.js'
import { projectName } from '../../../src/run/history/project-name.js'
import { RedisServer } from '../../support/redis-server.js'

const change = (file: string, failed: boolean, result?: HistoryResult, device?: string): ModuleHistoryUpdate => {
  const update = { failed, ...(result && { result }) }
  return { file, ...update, devices: new Map(device === undefined ? [] : [[device, update]]) }
}

describe('a history', () => {
  let folder: string
  let server: RedisServer
  let scripts: LeaseScripts
  before(async () => {
    server = await RedisServer.start()
    scripts = new LeaseScripts(server.connect())
  })
  after(() => server[Symbol.asyncDispose]())
  beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), 'baton-history-'))))
  afterEach(async () => {
    await rm(folder, { recursive: true })
    await scripts.redis.flushall()
  })

  const file = (): string => path.join(folder, '.baton', 'history.json')
  const stores: Record<string, () => HistoryStore> = {
    'in a file': () => new FileHistory(file()),
    'in the Redis of a farm': () => new FarmHistory(scripts, 'shop'),
  }

  for (const [where, open] of Object.entries(stores)) {
    describe(where, () => {
      it('is empty at first', async () => {
        assert.deepEqual((await open().read()).files, [])
      })

      it('keeps durations, pass rates and failures, by module and by device', async () => {
        await open().add([change('a.ts', false, [100, 'passed'], 'alice'), change('b.ts', true)])
        await open().add([change('a.ts', true, [300, 'failed'], 'bob')])
        await open().add([change('a.ts', false, [500, 'flaky'], 'alice'), { file: 'c.ts', devices: new Map() }])
        const history = await open().read()
        assert.equal(history.expectedMs('a.ts'), 300)
        assert.equal(history.expectedMs('a.ts', 'alice'), 300)
        assert.equal(history.expectedMs('a.ts', 'bob'), 300)
        assert.equal(history.expectedMs('a.ts', 'carol'), 300)
        assert.deepEqual(history.passRate('a.ts'), { runs: 3, passed: 2, flaky: 1 })
        assert.deepEqual(history.passRate('a.ts', 'bob'), { runs: 1, passed: 0, flaky: 0 })
        assert.deepEqual(
          ['a.ts', 'b.ts', 'c.ts', 'd.ts'].map(each => history.hasFailed(each)),
          [false, true, false, false],
        )
        assert.deepEqual(history.failedDevices('a.ts'), ['bob'])
        assert.equal(history.expectedMs('b.ts'), undefined)
      })

      it('loses nothing if several runs end at the same time', async () => {
        const runs = Array.from({ length: 8 }, (_, run) => [
          change('shared.ts', false, [run, 'passed']),
          change(`own-${run}.ts`, true),
        ])
        await Promise.all(runs.map(changes => open().add(changes)))
        const history = await open().read()
        assert.equal(history.passRate('shared.ts')?.runs, 8)
        assert.equal(history.files.length, 9)
      })

      it('is bounded: modules that have not run for longest are dropped', async () => {
        const changes = Array.from({ length: historyLimits.modules + 30 }, (_, i) =>
          change(`m${i}.ts`, false, [i, 'passed']),
        )
        await open().add(changes)
        await open().add(changes.slice(30, 31))
        await open().add([change('last.ts', false, [1, 'passed'])])
        const history = await open().read()
        assert.equal(history.files.length, historyLimits.modules)
        assert.equal(history.expectedMs('m30.ts'), 30)
        assert.equal(history.expectedMs('m31.ts'), undefined)
        const everywhere = Array.from({ length: 2 * historyLimits.devices }, (_, i) => `d${i}`)
        await open().add(everywhere.map(device => change('m99.ts', true, [1, 'failed'], device)))
        const devices = (await open().read()).failedDevices('m99.ts')
        assert.equal(devices.length, historyLimits.devices)
        assert.ok(devices.includes(everywhere.at(-1) ?? ''))
        assert.equal((await open().read()).passRate('m99.ts')?.runs, historyLimits.results)
      })
    })
  }

  it('keeps what can be read from a file that is damaged, of another kind or of an older version', async () => {
    await mkdir(path.dirname(file()))
    const read = async (text: string): Promise<string[]> => {
      await writeFile(file(), text)
      return (await new FileHistory(file()).read()).files
    }
    for (const text of ['', '{', 'null', '[]', '{"modules":[]}', '{"modules":{"a.ts":7}}', '{"durations":{"a":"x"}}']) {
      assert.deepEqual(await read(text), [], text)
    }
    const good = '{"failed":true,"results":[[5,"passed"]],"devices":{}}'
    assert.deepEqual(await read(`{"modules":{"a.ts":7,"b.ts":${good}}}`), ['b.ts'])
    await read('{"durations":{"old.ts":1234}}')
    await new FileHistory(file()).add([change('new.ts', false, [1, 'passed'])])
    const history = await new FileHistory(file()).read()
    assert.equal(history.expectedMs('old.ts'), 1_234)
    assert.equal(history.expectedMs('new.ts'), 1)
    assert.deepEqual(await readdir(path.dirname(file())), ['history.json'])
    assert.match(await readFile(file(), 'utf8'), /^"new\.ts": /m)
  })

  it('does not wait for the file lock of a run that was killed', async () => {
    const lock = path.join(path.dirname(file()), 'history.lock')
    await mkdir(lock, { recursive: true })
    const killed = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
    await once(killed, 'exit')
    await writeFile(path.join(lock, 'x'), JSON.stringify({ pid: killed.pid, directory: '/', since: new Date(0) }))
    await new FileHistory(file()).add([change('a.ts', true)])
    assert.equal((await new FileHistory(file()).read()).hasFailed('a.ts'), true)
  })

  it('ignores a file that cannot be written', async () => {
    await new FileHistory('/dev/null/history.json').add([change('a.ts', true)])
  })

  it('replaces unreadable values in Redis, belongs to one project, and expires', async () => {
    const shop = new FarmHistory(scripts, 'shop')
    await scripts.redis.hset(scripts.key('history', 'shop'), 'a.ts', 'broken', 'b.ts', '[]', 'c.ts', '{"results":7}')
    assert.deepEqual((await shop.read()).files, [])
    await shop.add([change('a.ts', true), change('b.ts', true), change('c.ts', true)])
    assert.equal((await shop.read()).files.length, 3)
    assert.deepEqual((await new FarmHistory(scripts, 'bank').read()).files, [])
    const keys = await scripts.redis.keys('*')
    // The farm keeps its clock.
    const expiring = keys.filter(key => key !== scripts.key('clock'))
    assert.ok(expiring.length >= 2)
    for (const key of expiring) assert.ok((await scripts.redis.pttl(key)) > 0, key)
  })

  it('belongs to the project of the nearest package.json and the folder below it', async () => {
    const below = path.join(folder, 'packages', 'web')
    await mkdir(below, { recursive: true })
    assert.equal(await projectName(below), 'web')
    await writeFile(path.join(folder, 'package.json'), '{ "name": "shop" }')
    assert.equal(await projectName(folder), 'shop')
    assert.equal(await projectName(below), 'shop/packages/web')
    await writeFile(path.join(below, 'package.json'), '{ "name": ')
    assert.equal(await projectName(below), 'shop/packages/web')
  })
})
