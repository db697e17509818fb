import assert from 'node:assert/strict'
import { startPhones } from '../phone/start-phones.js'
import { adbEnvironment, PhoneFarm } from '../support/phone-farm.js'
import { RedisServer } from '../support/redis-server.js'
import { eventually } from '../integration/process/alive.js'
import { Project } from './baton-cli.js'
import { GateKeeper, gateModule } from './support/gate.js'

const entry = { name: 'lab', driver: 'android', discover: true, match: { formFactor: 'phone' } }

describe('discovered phones', function () {
  it('are listed as entries to paste, and serve if an entry stands for them', async () => {
    await using phones = await startPhones({ count: 2 })
    const other = { ...entry, name: 'none', match: { formFactor: 'tv' } }
    const two = `export const devices = { a: ['platform=android', 'sdk=34'], b: ['platform=android'] }\nit('passes', () => {})\n`
    const project = new Project({ 'devices.json': { devices: [entry, other] }, 'two.ts': two })
    try {
      const listed = await project.run(['devices', '--discover'], adbEnvironment(phones))
      const pasted = JSON.parse(`[${listed.stdout}]`) as { udid: string }[]
      assert.deepEqual(pasted.map(({ udid }) => udid).toSorted(), phones.phones.map(({ serial }) => serial).toSorted())
      const cli = project.start(['run', 'two.ts', '--json'], adbEnvironment(phones))
      const { stderr, exitCode } = await cli.done
      assert.equal(exitCode, 0, stderr)
      const { devices } = await cli.event('attempt:start')
      assert.deepEqual(Object.values(devices).toSorted(), phones.phones.map(({ serial }) => `lab-${serial}`).toSorted())
    } finally {
      project.remove()
    }
  })

  it('join a running farm when they are plugged in, or again, each under the matching entry', async () => {
    await using gates = await GateKeeper.start()
    // The third is a tablet.
    await using farm = await PhoneFarm.start({
      phones: 3,
      plugged: false,
      devices: () => [entry, { name: 'rest', driver: 'android', discover: true }],
      files: { 'gate.ts': gateModule('gate'), 'again.ts': `it('passes', () => {})` },
    })
    const [first = assert.fail(), second = assert.fail(), third = assert.fail()] = farm.phones.phones
    const idle = (...names: string[]) =>
      farm.until(
        devices => {
          const fit = devices.filter(({ state }) => state === 'idle').map(({ name }) => name)
          return fit.toSorted().join() === names.toSorted().join()
        },
        `idle are ${names.join(', ')}`,
      )
    assert.deepEqual(await farm.states(), [])

    await first.plug()
    await idle(`lab-${first.serial}`)
    const cli = farm.run('gate.ts', ...gates.args)
    await gates.arrival('gate')
    await third.plug()
    await second.plug()
    await farm.until(devices => devices.filter(({ state }) => state === 'idle').length === 2, 'the others have joined')
    assert.deepEqual(
      (await farm.states()).map(({ name }) => name).toSorted(),
      [`lab-${first.serial}`, `lab-${second.serial}`, `rest-${third.serial}`].toSorted(),
    )

    // In the middle of its module: that goes on elsewhere, and the phone serves again when it is back.
    await first.unplug()
    const { verdict, error } = await cli.event('attempt:end')
    assert.equal(verdict, 'infrastructure', error?.message)
    gates.open('gate')
    assert.equal((await cli.done).exitCode, 0)
    await farm.until(
      devices => devices.some(({ name, state }) => name === `lab-${first.serial}` && state === 'offline'),
      'it is offline',
    )
    await first.plug()
    await idle(`lab-${first.serial}`, `lab-${second.serial}`, `rest-${third.serial}`)
    const again = farm.run('again.ts', '--on', `name=lab-${first.serial}`)
    assert.equal((await again.done).exitCode, 0)
    assert.deepEqual(Object.values((await again.event('attempt:start')).devices), [`lab-${first.serial}`])
  })

  it('join once another farm releases them', async () => {
    await using phones = await startPhones({ count: 1 })
    await using redis = await RedisServer.start()
    await using gates = await GateKeeper.start()
    const serial = phones.phones[0]?.serial
    const project = new Project({
      'devices.json': { devices: [{ name: 'mine', driver: 'android', udid: serial }] },
      'lab.json': { devices: [entry] },
      'gate.ts': gateModule('gate', 'mine'),
      'any.ts': `it('passes', () => {})`,
    })
    try {
      const holder = project.start(['run', 'gate.ts', ...gates.args], adbEnvironment(phones))
      await gates.arrival('gate')
      const farm = ['--redis', `unix://${redis.socket}`]
      const looking = ['host', ...farm, '--devices', 'lab.json', '--health-check-interval', '200']
      const host = project.start(looking, adbEnvironment(phones))
      await host.errorText(`BATON_DEVICE_TAKEN: the phone ${serial} serves another farm: process`)
      await host.line('baton host: ready')
      const second = await project.run(['run', 'any.ts', '--devices', 'lab.json'], adbEnvironment(phones))
      assert.equal(second.exitCode, 2, second.stdout)
      assert.match(
        second.stderr,
        /^baton host: BATON_DEVICE_TAKEN: .* serves another farm: process \d+ in .*\nbaton host: HINT/,
      )
      assert.match(second.stderr, /^BATON_NEEDS_IMPOSSIBLE: /m)
      gates.open('gate')
      assert.equal((await holder.done).exitCode, 0)
      const isIdle = new RegExp(String.raw`^lab-${serial} +idle`, 'm')
      const serves = async (): Promise<boolean> => isIdle.test((await project.run(['devices', ...farm])).stdout)
      await eventually('it serves', serves)
      host.child.kill('SIGTERM')
      const { stderr } = await host.done
      assert.equal(stderr.match(/BATON_DEVICE_TAKEN/g)?.length, 1, 'it was said more than once')
    } finally {
      project.remove()
    }
  })
})
