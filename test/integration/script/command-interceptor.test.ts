import assert from 'node:assert/strict'
import { setTimeout as tick } from 'node:timers/promises'
import { attachRole, detachRole } from '../../../src/script/attach-role.js'
import { createScope, type DeviceScope } from '../../../src/script/device-scope.js'
import { setCommandInterceptor, type OutgoingCommand } from '../../../src/script/command-interceptor.js'
import {
  scopeStorage,
  setCurrentModule,
  clearCurrentModule,
  type AttachedRole,
} from '../../../src/script/module-context.js'
import { useDevice } from '../../../src/script/use-device.js'
import { contextOf } from '../../unit/script/module-in-process.js'
import { TestFarm } from './farm.js'

describe('command interceptor', () => {
  let farm: TestFarm
  const roles = new Map<string, AttachedRole>()
  let scope: DeviceScope
  before(async () => {
    farm = await TestFarm.start({ spare: 0 })
    for (const role of ['alice', 'bob']) roles.set(role, await attachRole(farm.role(role), false))
  })
  beforeEach(() => {
    const context = { ...contextOf([]), roles }
    setCurrentModule(context)
    scope = createScope({ title: ['a test'], module: context }, 'alice')
  })
  afterEach(() => {
    setCommandInterceptor(undefined)
    clearCurrentModule()
  })
  after(async () => {
    for (const role of roles.values()) detachRole(role)
    await farm.close()
  })

  const read = async (name: string): Promise<void> => {
    const browser = await useDevice(name)
    for (let turn = 0; turn < 10; turn++) assert.equal(await browser.$('#who').getText(), name)
  }

  it('sees every command of branches that run at the same time, each with its branch', async () => {
    const seen: OutgoingCommand[] = []
    setCommandInterceptor((call, proceed) => {
      seen.push(call)
      return proceed()
    })
    await scopeStorage.run(scope, () => Promise.all(['alice', 'bob'].map(read)))
    for (const role of ['alice', 'bob']) {
      for (const command of ['findElement', 'getElementText']) {
        const calls = seen.filter(call => call.role === role && call.command === command)
        assert.equal(calls.length, 10, `${role} ${command}`)
        assert.ok(calls.every(call => call.scope?.role === role))
      }
    }
  })

  it('may hold a command while the other branch continues', async () => {
    const order: string[] = []
    let open = (): void => {}
    const opened = new Promise<void>(resolve => (open = resolve))
    setCommandInterceptor(async (call, proceed) => {
      if (call.role === 'alice') await opened
      return await proceed()
    })
    await scopeStorage.run(scope, () =>
      Promise.all([
        read('alice').then(() => order.push('alice')),
        read('bob').then(() => {
          order.push('bob')
          open()
        }),
      ]),
    )
    assert.deepEqual(order, ['bob', 'alice'])
  })

  it('may throw instead of sending a command', async () => {
    setCommandInterceptor(call => {
      throw new Error(`no ${call.command}`)
    })
    const bob = roles.get('bob')
    await assert.rejects(async () => await bob?.browser.getPageSource(), /no getPageSource/)
    setCommandInterceptor(undefined)
    assert.ok(await bob?.browser.getPageSource())
  })

  it('refuses elements of a test that is over', async () => {
    const element = await roles.get('bob')?.browser.$('#who').getElement()
    const late = scopeStorage.run(scope, async () => {
      await tick(5)
      await element?.click()
    })
    scope.closed = true
    await assert.rejects(late, { code: 'BATON_TEST_OVER' })
  })

  it("keeps WebdriverIO's default timeouts even though the session was attached to", async () => {
    const alice = roles.get('alice')?.browser
    assert.equal(alice?.options.waitforTimeout, 5_000)
    assert.equal(alice?.options.waitforInterval, 100)
    assert.equal(alice?.options.connectionRetryCount, 0)
    const quick = await attachRole(farm.role('bob', { waitforTimeout: 300, waitforInterval: 50 }), false)
    const start = performance.now()
    await assert.rejects(async () => await quick.browser.$('#missing').waitForExist(), /after 300ms/)
    // WebdriverIO gives up early if another interval would end too late.
    assert.ok(performance.now() - start >= 300 - 50 - 10)
    detachRole(quick)
  })
})
