/** What every driver must do, on the real thing. */
import assert from 'node:assert/strict'
import { mkdir, readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DeviceEntry } from '../../src/device/device-entry.js'
import { labelPattern } from '../../src/device/selector.js'
import { DeviceActor } from '../../src/host/device/device-actor.js'
import { recordedDriver, type RecordedCalls } from '../support/recorded-driver.js'
import { deviceEntry, FarmBench, type BenchDevice } from './host/device-bench.js'
import { PageServer } from './host/page-server.js'
import { eventually, noneNamed } from './process/alive.js'
import { android, chromium, example, fake, ios, type Subject } from './driver-subjects.js'

for (const subject of [chromium, fake, android, ios, example]) {
  const { start, capabilities = {}, soil, dirt, collects, collectsAlone } = subject
  const calls: RecordedCalls = new Map()
  const violations: string[] = []
  const driver = recordedDriver(subject.driver, calls, violations)
  describe(`the ${driver.name} driver`, () => {
    let bench: FarmBench
    let pages: PageServer
    let device: BenchDevice
    let entry: DeviceEntry
    let devices: Awaited<ReturnType<Subject['start']>>
    const newEntry = (name: string) => ({ ...deviceEntry(name, driver, devices.own()), capabilities })

    before(async () => {
      pages = await PageServer.start()
      devices = await start(2 + driver.resets.length)
      bench = await FarmBench.start([driver], { ...(devices.env && { env: devices.env }) })
      entry = newEntry(`${driver.name}-1`)
      device = await bench.add(entry, driver)
    })
    after(async () => {
      const { workDir } = device
      await bench.stop()
      pages.stop()
      await devices.stop?.()
      await noneNamed(workDir)
      assert.deepEqual(violations, [], 'calls are out of order')
      for (const { calls: all } of calls.values()) assert.equal(all.at(-1), 'dispose')
    })

    it('accepts its own keys, and refuses values of a wrong type', () => {
      assert.ok(driver.keys.safeParse(entry.own).success)
      const [key = ''] = Object.keys(driver.keys.shape)
      assert.ok(!driver.keys.safeParse({ [key]: Symbol('wrong') }).success)
    })

    it('describes an entry without touching the device', () => {
      const { platform, labels } = driver.describe(entry)
      assert.ok(labels.includes(`platform=${platform}`))
      for (const label of [...labels, ...device.prepared.labels]) assert.match(label, labelPattern)
      for (const label of device.prepared.labels)
        assert.ok(
          driver.findsLabels?.some(key => label.startsWith(`${key}=`)),
          label,
        )
    })

    it('gives equal capabilities each time, and lets those of devices.json win', () => {
      const { prepared } = device
      assert.deepEqual(prepared.sessions.capabilities({}), prepared.sessions.capabilities({}))
      assert.equal(prepared.sessions.capabilities({ platformName: 'mine' })['platformName'], 'mine')
    })

    it('opens a session that passes its check', async () => {
      const session = await device.sessions.ready()
      await device.prepared.sessions.check(session)
      assert.equal(await device.sessions.ready(), session)
    })

    for (const reset of driver.resets.filter(policy => policy !== 'none')) {
      it(`is clean after a reset '${reset}'`, async () => {
        const other = await bench.add(newEntry(`${driver.name}-${reset}`), driver, { reset })
        const clean = await dirt(await other.sessions.ready(), pages.url)
        await soil(await other.sessions.ready(), pages.url)
        assert.notDeepEqual(await dirt(await other.sessions.ready(), pages.url), clean)
        assert.deepEqual(await dirt(await other.sessions.recycle(), pages.url), clean)
        await other.sessions.close()
      })
    }

    const artifactsIt = driver.provides.includes('artifacts') ? it : undefined
    artifactsIt?.('collects files that explain a failure', async () => {
      const directory = join(bench.directory.path, 'artifacts')
      await mkdir(directory)
      await device.sessions.ready()
      const artifacts = await device.sessions.collect(directory, 10_000)
      assert.deepEqual((await readdir(directory)).sort(), collects)
      assert.deepEqual(
        artifacts.map(({ path }) => path).sort(),
        collects.map(name => join(directory, name)),
      )
      const png = await readFile(join(directory, 'screenshot.png'))
      assert.equal(png.subarray(1, 4).toString(), 'PNG')
    })

    it('has the capabilities that it provides, and no other', () => {
      for (const name of ['health', 'reservation', 'apps', 'artifacts', 'recording'] as const) {
        assert.equal(device.prepared[name] !== undefined, driver.provides.includes(name), name)
      }
    })

    it('is called in the order of its contract, from the first check to the end', async () => {
      const own = newEntry(`${driver.name}-actor`)
      const actor = await DeviceActor.prepare({
        entry: own,
        driver,
        workDir: bench.directory.path,
        hostName: 'bench',
        env: bench.env,
        gateway: bench.gateway,
        farm: { reportOffline: () => {}, requestCheck: () => {} },
        appium: async () => bench.appium.url(),
        hostPorts: async () => bench.hostPorts(),
        stop: new AbortController().signal,
        startLimiter: async work => work(),
      })
      try {
        const first = await actor.check({ device: own.name, lease: '1', reason: 'its host joined' })
        assert.deepEqual(first, { state: 'idle' })
        assert.equal(actor.state, 'idle')
        const { session } = await actor.offer('5')
        assert.equal(session.id, bench.gateway.workerSession(own.name)?.id)
        assert.equal(actor.state, 'leased')
        await actor.collectArtifacts(10_000)
        assert.deepEqual(await actor.check({ device: own.name, lease: '5', reason: 'its module ended' }), {
          state: 'idle',
        })
        assert.equal(actor.state, 'idle')
      } finally {
        await actor.close()
      }
      assert.equal(actor.state, 'closed')
      await assert.rejects(actor.offer('9'), { code: 'BATON_DEVICE_LOST' })
      assert.deepEqual(violations, [])
      const used = calls.get(own.name)?.calls ?? []
      assert.equal(used.includes('reservation.reserve'), driver.provides.includes('reservation'))
      assert.equal(used.includes('health.watchOpening'), driver.provides.includes('health'))
    })

    it(driver.provides.includes('recording') ? 'records the screen' : 'does not record', async () => {
      const { prepared } = device
      if (!prepared.recording) return
      const directory = join(bench.directory.path, 'film')
      await mkdir(directory)
      await device.sessions.ready()
      let files: string[] = []
      await eventually('there is a film', async () => {
        const recording = prepared.recording?.start(directory)
        await device.sessions.check()
        files = (await recording?.stop())?.files ?? []
        return files.length > 0
      })
      assert.equal((await readFile(files[0] ?? '')).subarray(4, 8).toString(), 'ftyp')
    })

    it('fails the check, and collects nothing, once the session is dead', async () => {
      const session = await device.sessions.ready()
      await session.command('DELETE', '')
      await assert.rejects(device.prepared.sessions.check(session), { code: 'BATON_DEVICE_LOST', device: entry.name })
      const directory = join(bench.directory.path, 'nothing')
      await mkdir(directory)
      await device.prepared.artifacts?.collect(session, directory)
      assert.deepEqual((await readdir(directory)).sort(), collectsAlone)
      await assert.rejects(device.sessions.check())
      await device.prepared.sessions.check(await device.sessions.ready())
    })
  })
}
