import assert from 'node:assert/strict'
import { copyFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { RunEvent } from '../../src/event/run-event.js'
import type { RunRecord } from '../../src/report/run-record.js'
import { makeApk } from '../phone/apk/make-apk.js'
import { startPhones } from '../phone/start-phones.js'
import { placeOn, versionOn } from '../support/installed-app.js'
import { adbEnvironment, PhoneFarm } from '../support/phone-farm.js'
import { RedisServer } from '../support/redis-server.js'
import { Project, type RunningCli } from './baton-cli.js'
import { GateKeeper } from './support/gate.js'

/** A module that sees the version of the chat that it wants on each of its devices, and stands at a gate of its own. */
const sees = (gate: string, devices: object): string => `
import { $, expect } from '@wdio/globals'
import { useDevice } from 'baton'
export const devices = ${JSON.stringify(devices)}
it('sees its app', async () => {
  for (const role of Object.keys(devices)) {
    await useDevice(role)
    await expect($('#version')).toHaveText(process.env.WANTED + '.0')
  }
  await fetch(process.env.GATE + '/' + process.env.WANTED + '-${gate}')
  await expect($('#version')).toHaveText(process.env.WANTED + '.0')
})
`
const anyPhone = { someone: ['platform=android'] }
const refusalsIn = (events: readonly RunEvent[]) =>
  events.flatMap(event =>
    event.type === 'attempt:end' && event.error?.code === 'BATON_APP_REFUSED' ? [event.error] : [],
  )
const verdictsOf = (cli: RunningCli): string[] => Object.values(cli.verdicts).flat()

describe('the app under test', function () {
  // several runs each
  let farm: PhoneFarm
  let gates: GateKeeper
  before(async () => {
    gates = await GateKeeper.start()
    farm = await PhoneFarm.start({ phones: 2, device: { health: { storageMb: 0 } }, files: {} })
    farm.project.write({
      'on-0.ts': sees('phone-0', { someone: 'phone-0' }),
      'on-1.ts': sees('phone-1', { someone: 'phone-1' }),
      ...Object.fromEntries(['a', 'b', 'c', 'd'].map(name => [`any/${name}.ts`, sees(name, anyPhone)])),
      '41.apk': makeApk({ versionCode: 41 }),
      '40.apk': makeApk({ versionCode: 40 }),
      'future.apk': makeApk({ versionCode: 50, minSdk: 99 }),
    })
  })
  after(async () => {
    await farm[Symbol.asyncDispose]()
    await gates[Symbol.asyncDispose]()
  })

  const run = (version: number, file: string, ...modules: string[]): RunningCli =>
    farm.run(...modules, '--app', file, '--env', `WANTED=${version}`, ...gates.args)
  const openGates = (version: number, ...names: string[]): void =>
    names.forEach(name => gates.open(`${version}-${name}`))

  it('is separate for two concurrent runs on one farm', async () => {
    const runs = [run(41, '41.apk', 'on-0.ts', 'on-1.ts'), run(40, '40.apk', 'on-0.ts', 'on-1.ts')]
    await Promise.all(
      [41, 40].flatMap(version =>
        ['phone-0', 'phone-1'].map(async name => {
          await gates.arrival(`${version}-${name}`)
          assert.equal(await versionOn(farm.phone(name)), version)
          gates.open(`${version}-${name}`)
        }),
      ),
    )
    for (const cli of runs) assert.equal((await cli.done).exitCode, 0, JSON.stringify(cli.events))
  })

  it('is separate for each suite of a plan', async () => {
    const suite = (version: number): object => ({
      name: String(version),
      modules: ['../on-0.ts', '../on-1.ts'],
      app: `../${version}.apk`,
      env: { WANTED: String(version) },
    })
    farm.project.write({ 'plans/plan.json': { suites: [suite(41), suite(40)] } })
    const cli = farm.run('--plan', 'plans/plan.json', ...gates.args)
    assert.equal((await cli.done).exitCode, 0, JSON.stringify(cli.events))
  })

  it('is installed once for each phone and content, under any file name', async () => {
    const phone = farm.phone('phone-0')
    openGates(41, 'phone-0', 'phone-1')
    assert.equal((await run(41, '41.apk', 'on-0.ts').done).exitCode, 0)
    const place = await placeOn(farm.phones, phone)
    farm.project.write({ 'second.ts': sees('second', { someone: 'phone-0' }) })
    copyFileSync(path.join(farm.project.directory, '41.apk'), path.join(farm.project.directory, 'copy.apk'))
    openGates(41, 'second')
    assert.equal((await run(41, 'copy.apk', 'on-0.ts', 'second.ts').done).exitCode, 0)
    assert.equal(await placeOn(farm.phones, phone), place)
  })

  it('runs on another phone if one refuses it, which still serves modules with other apps', async () => {
    openGates(42, 'a', 'b', 'c', 'd')
    openGates(41, 'phone-0')
    farm.project.write({ '42.apk': makeApk({ versionCode: 42 }) })
    const phone = farm.phone('phone-0')
    assert.equal((await run(41, '41.apk', 'on-0.ts').done).exitCode, 0)
    // Both are asked: neither is still made ready while the other one serves all modules.
    await farm.untilAll('idle')
    await phone.set({ freeBytes: 500 })
    const cli = run(42, '42.apk', 'any/*.ts')
    const { exitCode } = await cli.done
    assert.equal(exitCode, 0, JSON.stringify(cli.events))
    assert.deepEqual(verdictsOf(cli), ['passed', 'passed', 'passed', 'passed'])
    const [refusal, ...more] = refusalsIn(cli.events)
    assert.equal(refusal?.device, 'phone-0')
    assert.match(refusal.message, /^phone-0: 42\.apk could not be installed: .*INSTALL_FAILED_INSUFFICIENT_STORAGE/)
    assert.equal(refusal.hint, 'free some space on the phone')
    assert.deepEqual(more, [], 'it is asked once')
    await farm.untilAll('idle')
    assert.equal((await run(41, '41.apk', 'on-0.ts').done).exitCode, 0)
    await phone.set({ freeBytes: 4 * 1024 ** 3 })
    openGates(42, 'phone-0')
    assert.equal((await run(42, '42.apk', 'on-0.ts').done).exitCode, 0)
  })

  it('makes its modules lost if no phone can start it, but quarantines no phone', async () => {
    farm.project.write({ 'broken.apk': makeApk({ versionCode: 44, activity: '' }) })
    const cli = run(44, 'broken.apk', 'any/a.ts', 'any/b.ts')
    assert.equal((await cli.done).exitCode, 3)
    assert.deepEqual(verdictsOf(cli), ['lost', 'lost'])
    const refusals = refusalsIn(cli.events)
    assert.deepEqual(refusals.map(({ device = '' }) => device).toSorted(), ['phone-0', 'phone-1'], 'each is asked once')
    for (const { message, hint } of refusals) {
      assert.match(message, /^phone-[01]: broken\.apk could not be started: .*No activity found/)
      assert.match(hint ?? '', /launcher activity/)
    }
    const reasons = cli.events.flatMap(event => (event.type === 'module:end' ? (event.reasons ?? []) : []))
    assert.equal(reasons.length, 2)
    for (const reason of reasons) assert.match(reason, /no device of the farm can serve it: .*could not be started: /)
    await farm.untilAll('idle')
    const away = cli.events.filter(event => event.type === 'device:state' && event.state !== 'checking')
    assert.deepEqual(away, [])
    openGates(41, 'phone-0', 'phone-1')
    assert.equal((await run(41, '41.apk', 'on-0.ts', 'on-1.ts').done).exitCode, 0)
  })

  it('ends the run at once if every phone refuses it, with one report', async () => {
    const shared = ['--redis', `unix://${farm.redis.socket}`]
    const args = ['run', 'any/*.ts', '--app', 'future.apk', '--env', 'WANTED=50', ...gates.args, ...shared]
    const { exitCode, stdout } = await farm.project.run(args)
    assert.equal(exitCode, 3, stdout)
    assert.match(stdout, /Modules +4 lost \(4\)/)
    const told = stdout.split('\n').filter(line => /no device of the farm can serve it/.test(line))
    assert.equal(told.length, 2, `as it happens, and at the end:\n${stdout}`)
    const refusal = (name: string): string =>
      `${name}: future\\.apk could not be installed: .*OLDER_SDK.*; the phone's Android is older than the app allows`
    const reason = new RegExp(`'someone' asks for any platform=android: ${refusal('phone-0')}, ${refusal('phone-1')}$`)
    assert.ok(
      told.every(line => reason.test(line)),
      stdout,
    )
    assert.equal(refusalsIn(farm.project.events()).length, 2)
    await farm.untilAll('idle')
    openGates(41, 'phone-0', 'phone-1')
    assert.equal((await run(41, '41.apk', 'on-0.ts', 'on-1.ts').done).exitCode, 0)
    await farm.assertNothingLeaks()
  })
})

describe('the app under test on a farm of two hosts', function () {
  it('is fetched by its hash: only the submitter has the file, which is gone after submission', async () => {
    await using phones = await startPhones({ count: 2 })
    await using redis = await RedisServer.start()
    await using gates = await GateKeeper.start()
    const shared = ['--redis', `unix://${redis.socket}`]
    const device = (at: number): object => ({
      name: `phone-${at}`,
      driver: 'android',
      udid: phones.phones[at]?.serial,
      adb: { port: phones.adbPort },
    })
    const machines = [0, 1].map(at => new Project({ 'devices.json': { devices: [device(at)] } }))
    const submitter = new Project({
      'both.ts': sees('both', { alice: 'phone-0', bob: 'phone-1' }),
      'chat.apk': makeApk({ versionCode: 61 }),
    })
    try {
      const hosts = machines.map((machine, at) =>
        machine.start(['host', ...shared, '--name', `lab-${at}`], adbEnvironment(phones)),
      )
      await Promise.all(hosts.map(async host => host.line('baton host: ready')))
      const args = ['run', 'both.ts', '--app', 'chat.apk', '--env', 'WANTED=61', ...gates.args, ...shared, '--detach']
      const { exitCode, stdout, stderr } = await submitter.run(args)
      assert.equal(exitCode, 0, stderr)
      rmSync(path.join(submitter.directory, 'chat.apk'))
      await gates.arrival('61-both')
      assert.deepEqual(await Promise.all(phones.phones.map(versionOn)), [61, 61])
      gates.open('61-both')
      assert.equal((await submitter.run(['follow', stdout.trim(), ...shared])).exitCode, 0)
      for (const host of hosts) host.child.kill('SIGTERM')
      await Promise.all(hosts.map(async host => host.done))
    } finally {
      for (const project of [...machines, submitter]) project.remove()
    }
  })
})

describe('the app under test on a farm with devices that take no app', function () {
  it('goes to those that take one; a run without such devices prints a warning and continues', async () => {
    await using farm = await PhoneFarm.start({
      phones: 1,
      devices: phones => [
        { name: 'phone-0', driver: 'android', udid: phones.phones[0]?.serial, adb: { port: phones.adbPort } },
        { name: 'beside', driver: 'fake', reset: 'none' },
      ],
      files: {
        'both.ts': `
          import { $, expect } from '@wdio/globals'
          import { useDevice } from 'baton'
          it('sees the app on one', async () => {
            await useDevice('beside')
            await useDevice('phone-0')
            await expect($('#version')).toHaveText('81.0')
          })`,
        'plain.ts': `
          import { useDevice } from 'baton'
          it('needs none', async () => { await useDevice('beside') })`,
      },
    })
    const { project, redis } = farm
    project.write({
      '81.apk': makeApk({ versionCode: 81 }),
      'plan.json': {
        app: '81.apk',
        suites: [
          { name: 'without', modules: 'plain.ts' },
          { name: 'with', modules: 'both.ts' },
          { name: 'own', modules: 'plain.ts', app: './81.apk' },
        ],
      },
    })
    const told = ': none of its modules can run on a device that takes an app (driver: android)'
    for (const [args, lines] of [
      [['both.ts', 'plain.ts', '--app', '81.apk'], []],
      [['plain.ts', '--app', '81.apk'], [`baton: --app 81.apk${told}`]],
      [['--plan', 'plan.json'], [`baton: plan.json:15:14: app './81.apk'${told}`]],
    ] as const) {
      const { exitCode, stdout, stderr } = await project.run(['run', ...args, '--redis', `unix://${redis.socket}`])
      assert.equal(exitCode, 0, stdout + stderr)
      assert.deepEqual(stderr.split('\n').filter(Boolean), lines)
    }
  })
})

describe("the app of a device's own", function () {
  it('is the one of devices.json if neither a plan nor the command line names another', async () => {
    await using phones = await startPhones({ count: 1, chat: false })
    await using gates = await GateKeeper.start()
    const suite = (version: number, more: object = {}): object => ({
      name: String(version),
      modules: 'see.ts',
      env: { WANTED: String(version) },
      ...more,
    })
    const project = new Project({
      'devices.json': {
        devices: [
          {
            name: 'alice',
            driver: 'android',
            udid: phones.phones[0]?.serial,
            adb: { port: phones.adbPort },
            app: '71.apk',
          },
        ],
      },
      'plan.json': { suites: [suite(72, { app: '72.apk' }), suite(71)] },
      'see.ts': sees('see', { someone: 'alice' }),
      ...Object.fromEntries([71, 72, 73].map(version => [`${version}.apk`, makeApk({ versionCode: version })])),
    })
    try {
      for (const version of [71, 72, 73]) gates.open(`${version}-see`)
      const env = adbEnvironment(phones)
      const plan = await project.run(['run', '--plan', 'plan.json', ...gates.args], env)
      assert.equal(plan.exitCode, 0, plan.stdout)
      const { options } = JSON.parse(project.read('baton-report/latest/run.json')) as RunRecord
      assert.deepEqual(options['apps'], { 72: '72.apk' })
      const flags = ['--plan', 'plan.json', '--app', '73.apk', '--env', 'WANTED=73', ...gates.args]
      const flag = await project.run(['run', ...flags], env)
      assert.equal(flag.exitCode, 0, flag.stdout)
    } finally {
      project.remove()
    }
  })
})
