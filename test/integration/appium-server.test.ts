import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromiumDriver } from '../../drivers/chromium/chromium-driver.js'
import { fakeDriver } from '../../drivers/fake/fake-driver.js'
import { testedVersion } from '../../src/process/package-root.js'
import { AppiumSupervisor } from '../../src/host/appium/appium-supervisor.js'
import { startAppiumServer } from '../../src/host/appium/appium-server.js'
import { deviceEntry, FarmBench } from './host/device-bench.js'
import { eventually, isAlive, processesNamed, processesOfGroup } from './process/alive.js'

const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

describe('an Appium server of our own', () => {
  const systemTemp = process.env['TMPDIR']
  let temp: string

  before(async () => {
    // Of this suite alone, so that what is left in it was left by it.
    temp = await mkdtemp(join(tmpdir(), 'baton-test-'))
    process.env['TMPDIR'] = temp
  })
  after(async () => {
    if (systemTemp === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = systemTemp
    await rm(temp, { recursive: true })
  })

  it('loads exactly the given drivers, even in two concurrent servers, and leaves nothing behind', async () => {
    const userHome = await exists(join(homedir(), '.appium'))
    const bench = await FarmBench.start([fakeDriver])
    const { listening } = await startAppiumServer({
      driverPackages: ['@appium/fake-driver'],
      logFile: join(bench.directory.path, 'other.log'),
      env: process.env,
    })
    const other = await listening
    const device = await bench.add(deviceEntry('fake', fakeDriver), fakeDriver)
    await device.sessions.ready()
    assert.notEqual(other.url, await bench.appium.url())
    const log = await readFile(join(bench.directory.path, 'appium.log'), 'utf8')
    assert.match(log, /Attempting to load driver fake/)
    assert.doesNotMatch(log, /driver chromium|had.*error/)
    assert.equal((await readdir(temp)).filter(name => name.startsWith('baton-appium-')).length, 2)
    await other.stop()
    await bench.stop()
    assert.deepEqual(await readdir(temp), [])
    assert.equal(await exists(join(homedir(), '.appium')), userHome)
  })

  it('names a driver that is not installed', async () => {
    const options = { driverPackages: ['no-such-driver'], logFile: '/dev/null', env: process.env }
    await assert.rejects(AppiumSupervisor.start(options), {
      code: 'BATON_TOOL_MISSING',
      hint: 'npm install no-such-driver',
    })
    assert.match(String(testedVersion('appium-xcuitest-driver')), /^\d+\.\d+\.\d+$/)
  })

  it('reports its last output if it does not start', async () => {
    const options = { driverPackages: [], logFile: '/dev/null', env: process.env, startTimeoutMs: 1 }
    await assert.rejects((await AppiumSupervisor.start(options)).started, {
      code: 'BATON_APPIUM_FAILED',
      message: /did not listen within 1 ms/,
    })
  })

  it('is restarted when it is killed: sessions open again, and no ChromeDriver or browser is left', async () => {
    const bench = await FarmBench.start([chromiumDriver])
    const down = new Promise<string>(resolve => (bench.appium.onEnded = resolve))
    try {
      const device = await bench.add(deviceEntry('phone', chromiumDriver), chromiumDriver)
      const first = await device.sessions.ready()
      const browser = Number(first.capabilities['goog:processID'])
      const { pid } = bench.appium
      assert.ok(pid)
      const group = await processesOfGroup(pid)
      assert.ok(group.includes(browser), 'the browser is of the group of its Appium')
      process.kill(pid, 'SIGKILL')
      assert.match(await down, /^Appium ended with SIGKILL/)
      await bench.appium.url()
      await eventually('the group ended', async () => (await processesOfGroup(pid)).length === 0)
      device.sessions.serverLost()
      const second = await device.sessions.ready()
      assert.notEqual(second.id, first.id)
      await device.sessions.check()
    } finally {
      await bench.stop()
    }
  })

  it('is gone 10 s after its host was killed, with ChromeDriver, browser, Redis and folders', async () => {
    const main = fileURLToPath(new URL('./host/host-main.js', import.meta.url))
    const host = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(createInterface({ input: host.stdout }), 'line')) as [string]
    const { appium, browser, redis, folder } = JSON.parse(line) as Record<'appium' | 'browser' | 'redis', number> & {
      folder: string
    }
    const family = await processesNamed(folder)
    assert.ok(family.includes(browser) && (await isAlive(appium)) && (await isAlive(redis)))
    host.kill('SIGKILL')
    const allGone = async () =>
      (await processesNamed(folder)).length === 0 &&
      !(await Promise.all([appium, browser, redis].map(isAlive))).includes(true) &&
      (await readdir(temp)).length === 0
    await eventually('all of it is gone', allGone)
  })
})
