import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { makeApk } from '../phone/apk/make-apk.js'
import type { PhoneClient } from '../phone/client.js'
import { versionOn } from '../support/installed-app.js'
import { PhoneFarm } from '../support/phone-farm.js'
import type { RunningCli } from './baton-cli.js'

const sees = (device: string): string => `
import { $, expect } from '@wdio/globals'
export const devices = { someone: ${JSON.stringify(device)} }
it('sees its app', async () => {
  await expect($('#version')).toHaveText(process.env.WANTED + '.0')
})
`

describe('a phone that fails in the middle of an installation', function () {
  // several runs, and silences of some seconds
  const answerMs = 3_000
  let farm: PhoneFarm
  let phone: PhoneClient
  before(async () => {
    farm = await PhoneFarm.start({ phones: 2, device: { health: { answerMs } }, files: {} })
    phone = farm.phone('phone-0')
    farm.project.write({
      'on-0.ts': sees('phone-0'),
      'any/a.ts': sees('*').replace('"*"', "['platform=android']"),
      'any/b.ts': sees('*').replace('"*"', "['platform=android']"),
      '41.apk': makeApk({ versionCode: 41 }),
      '42.apk': makeApk({ versionCode: 42 }),
      '43.apk': makeApk({ versionCode: 43 }),
    })
  })
  afterEach(async () => {
    await phone.set({ hangInInstall: false, packageManager: 'alive', installMs: 0 })
    await phone.plug()
    await phone.thaw()
  })
  after(async () => farm[Symbol.asyncDispose]())

  const run = (version: number, ...modules: string[]): RunningCli =>
    farm.run(...modules, '--app', `${version}.apk`, '--env', `WANTED=${version}`)

  /** Resolves in the middle of the installation: nobody tells what a phone does by itself. */
  const installs = async (cli: RunningCli): Promise<void> => {
    let isOver = false
    void cli.done.then(() => (isOver = true))
    while ((await phone.status()).installing === 0) {
      assert.ok(!isOver, 'the run is over, and phone-0 has installed nothing')
      await delay(20)
    }
  }

  /** Both modules have passed, the one that phone-0 could not have on the other; @returns what became of that attempt */
  const lostAttempt = async (cli: RunningCli) => {
    const { exitCode } = await cli.done
    assert.equal(exitCode, 0, JSON.stringify(cli.events))
    const [lost, ...more] = cli.events.flatMap(event =>
      event.type === 'attempt:end' && event.verdict === 'infrastructure' ? [event] : [],
    )
    assert.ok(lost)
    assert.deepEqual(more, [])
    assert.ok(lost.durationMs < 60_000, `found after ${lost.durationMs} ms`)
    const devicesOf = (isIt: (lease: string) => boolean) =>
      cli.events.flatMap(event =>
        event.type === 'attempt:start' && event.module === lost.module && isIt(event.lease) ? [event.devices] : [],
      )
    assert.deepEqual(
      devicesOf(lease => lease === lost.lease),
      [{ someone: 'phone-0' }],
    )
    assert.deepEqual(
      devicesOf(lease => lease !== lost.lease),
      [{ someone: 'phone-1' }],
    )
    return lost
  }

  /** It takes the app that it did not have then, and nothing of the first try is in the way. */
  const assertMended = async (version: number, before: ReturnType<PhoneFarm['processes']>): Promise<void> => {
    await farm.untilAll('idle')
    assert.equal((await phone.status()).installing, 0)
    const cli = run(version, 'on-0.ts')
    assert.equal((await cli.done).exitCode, 0, JSON.stringify(cli.events))
    assert.equal(await versionOn(phone), version)
    await farm.untilAll('idle')
    await farm.assertNothingLeaks()
    assert.deepEqual(farm.processes().others, before.others)
  }

  it('leaves the farm within seconds if its package manager hangs, and installs once that answers', async () => {
    const before = farm.processes()
    await phone.set({ hangInInstall: true })
    const { error } = await lostAttempt(run(41, 'any/*.ts'))
    assert.equal(error?.code, 'BATON_DEVICE_UNFIT')
    assert.match(error.message, /^phone-0 .* failed its health check: packages: 4 pings in a row without an answer/)
    assert.match(error.hint ?? '', /reboot/)
    await farm.until(
      states =>
        states.some(({ name, state, reason }) => name === 'phone-0' && state === 'offline' && /packages/.test(reason)),
      'phone-0 is offline',
    )
    await phone.set({ hangInInstall: false, packageManager: 'alive' })
    await assertMended(41, before)
  })

  it('leaves the farm at once if it is unplugged, and installs when it is back', async () => {
    const before = farm.processes()
    await phone.set({ installMs: 120_000 })
    const cli = run(42, 'any/*.ts')
    await installs(cli)
    await phone.unplug()
    const { error } = await lostAttempt(cli)
    assert.equal(error?.code, 'BATON_DEVICE_LOST')
    assert.match(error.message, /^phone-0 /)
    assert.equal(await versionOn(phone), 41)
    await phone.set({ installMs: 0 })
    await phone.plug()
    await assertMended(42, before)
  })

  it('leaves the farm within seconds if it freezes, and returns when that installation has ended', async () => {
    const before = farm.processes()
    await phone.set({ installMs: 8_000 })
    const cli = run(43, 'any/*.ts')
    await installs(cli)
    await phone.freeze()
    const { error } = await lostAttempt(cli)
    assert.equal(error?.code, 'BATON_DEVICE_LOST')
    assert.match(error.message, /^phone-0 .* no longer answers/)
    await phone.thaw()
    await farm.untilAll('idle')
    await phone.set({ installMs: 0 })
    await assertMended(43, before)
  })
})
