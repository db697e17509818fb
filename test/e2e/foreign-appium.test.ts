import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { Project } from './baton-cli.js'
import { RunOutcome } from './run-outcome.js'
import { ForeignAppium } from './support/foreign-appium.js'
import { SharedFarm } from './support/shared-farm.js'

describe('a device on a foreign Appium server', () => {
  let appium: ForeignAppium
  let made: Project | undefined
  afterEach(() => {
    appium.stop()
    made?.remove()
  })

  it('serves no module while a command of the previous one still runs in its session, even without a reset', async () => {
    appium = await ForeignAppium.start(request => (request === 'GET /title' ? 'never' : 'ok'))
    made = new Project({
      'devices.json': appium.farm,
      'modules/1.ts': `import { browser } from '@wdio/globals'
        it('hangs', async function () { this.timeout(0); await browser.getTitle() })`,
      'modules/2.ts': `import { browser } from '@wdio/globals'
        it('goes on', async () => { await browser.getUrl() })`,
    })
    const outcome = new RunOutcome(await made.run(['run', 'modules/*.ts', '--json', '--module-timeout', '5000']))
    assert.deepEqual(outcome.verdicts, { 'modules/1.ts': 'failed', 'modules/2.ts': 'passed' })
    assert.deepEqual(appium.requests.get('GET /title'), ['session-1'])
    assert.deepEqual(appium.requests.get('GET /url'), ['session-2'])
  })

  it('fails no module that cannot attach to it: the module runs again', async () => {
    appium = await ForeignAppium.start((request, nth) =>
      request === 'GET /window' && nth === 1 ? { error: 'unknown error' } : 'ok',
    )
    made = new Project({
      'devices.json': appium.farm,
      'modules/1.ts': `import { browser } from '@wdio/globals'
        it('drives', async () => { await browser.getUrl() })`,
    })
    const outcome = new RunOutcome(await made.run(['run', 'modules/*.ts', '--json']))
    assert.equal(outcome.result.exitCode, 0)
    const { verdict, attempts, errors } = outcome.module('modules/1.ts')
    assert.deepEqual([verdict, attempts, errors.length], ['passed', 1, 1])
    assert.match(errors[0]?.message ?? '', /can't attach to the session of/)
  })

  it('does not delay a run that is stopped while its session opens', async () => {
    appium = await ForeignAppium.start((request, nth) => {
      if (request === 'GET /timeouts') return { error: 'invalid session id' }
      return request === 'POST /session' && nth > 1 ? 'never' : 'ok'
    })
    made = new Project({
      'devices.json': appium.farm,
      // after that long, a session is asked whether it is still there
      'modules/1.ts': `it('takes its time', () => new Promise(resolve => setTimeout(resolve, 2_100)))`,
      'modules/2.ts': `it('waits', () => {})`,
    })
    const running = made.start(['run', 'modules/*.ts', '--json'])
    await appium.got('POST /session', 2)
    running.child.kill('SIGINT')
    const outcome = new RunOutcome(await running.done)
    assert.equal(outcome.result.exitCode, 130)
    assert.deepEqual(outcome.module('modules/2.ts').reasons, ['the run was stopped by SIGINT'])
  })
})

describe('the devices of a module on two hosts', () => {
  it('are made ready at the same time: both sessions start to open before one is open', async () => {
    let opening = 0
    let open = (): void => {}
    const bothOpening = new Promise<'ok'>(resolve => (open = () => resolve('ok')))
    const start = async (): Promise<ForeignAppium> => {
      const appium: ForeignAppium = await ForeignAppium.start((request, nth) => {
        const isFirstSession = appium.requests.get('POST /session')?.length === 1
        // The session that was opened when the host started has ended meanwhile.
        if (request === 'GET /timeouts' && isFirstSession) return { error: 'invalid session id' }
        if (request !== 'POST /session' || nth === 1) return 'ok'
        if (++opening === 2) open()
        return bothOpening
      })
      return appium
    }
    const appiums = await Promise.all([start(), start()])
    await using farm = await SharedFarm.start({
      'both.ts': `import { browser } from '@wdio/globals'
        import { useDevice } from 'baton'
        it('uses both', async () => {
          await useDevice('alice'); await browser.getUrl()
          await useDevice('bob'); await browser.getUrl()
        })`,
    })
    const hosts = await Promise.all(
      appiums.map((appium, at) => farm.hostOf(`h${at + 1}`, appium.farmOf(at === 0 ? 'alice' : 'bob'))),
    )
    // A host is ready once it has joined. A session is used for so long without asking whether it is still there.
    const stateOf = async (device: string) => farm.redis.hget(`{baton}:device:${device}`, 'state')
    for (const device of ['alice', 'bob'])
      await farm.until(async () => (await stateOf(device)) === 'idle', `the session of ${device} is open`)
    await delay(2_100)
    const outcome = new RunOutcome(await farm.run('both.ts').done)
    assert.equal(outcome.result.exitCode, 0, outcome.result.stdout)
    assert.equal(outcome.module('both.ts').attempts, 1)
    for (const appium of appiums) assert.deepEqual(appium.requests.get('GET /url'), ['session-2'])
    for (const host of hosts) host.child.kill('SIGTERM')
    await Promise.all(hosts.map(async host => host.done))
    for (const appium of appiums) appium.stop()
  })
})
