import assert from 'node:assert/strict'
import { packageFile } from '../../src/process/package-root.js'
import { SharedFarm } from './support/shared-farm.js'

/** Each iteration checks that the device is as it was, and then changes it. */
const checks = `
  import assert from 'node:assert/strict'
  import { browser } from '@wdio/globals'
  import { parallel, useDevice } from 'baton'
  const act = async () => {
    await browser.setOrientation('LANDSCAPE')
    await browser.setOrientation('LANDSCAPE')
  }
  it('finds its devices as they were', async () => {
    const found = []
    for (const role of ['alice', 'bob']) {
      await useDevice(role)
      found.push(await browser.getOrientation())
    }
    await parallel({ alice: act, bob: act })
    assert.equal(found.join(), 'PORTRAIT,PORTRAIT')
  })`

const hostOf = (name: string, driver: string): object => ({ devices: [{ name, driver }] })

describe('baton explore with roles on two hosts', () => {
  let farm: SharedFarm
  before(async () => {
    farm = await SharedFarm.start({ 'checks.ts': checks })
  })
  after(() => farm[Symbol.asyncDispose]())

  async function explore(driver: string, ...args: string[]): Promise<string> {
    const hosts = await Promise.all([
      farm.hostOf(`${driver}-1`, hostOf('alice', driver)),
      farm.hostOf(`${driver}-2`, hostOf('bob', driver)),
    ])
    const own = ['--redis', `unix://${farm.server.socket}`, '--seed', '1']
    const { exitCode, stdout, stderr } = await farm.project.run(['explore', ...args, ...own])
    assert.equal(exitCode, driver === 'fake' ? 0 : 1, stdout + stderr)
    for (const { child } of hosts) child.kill('SIGTERM')
    await Promise.all(hosts.map(host => host.done))
    return stdout
  }

  it('resets their devices between iterations, by the policy of each', async () => {
    const stdout = await explore('fake', 'checks.ts', '--iterations', '5', '--strategy', 'random', '--all')
    assert.match(stdout, /^checks\.ts: 5 iterations, 1 order, 0 bugs/m)
  })

  it('controls the messages of both', async () => {
    const race = packageFile('test', 'races', 'modules', 'score.ts')
    const devices = packageFile('test', 'races', 'devices.json')
    const stdout = await explore('chromium', race, '--devices', devices, '--iterations', '40')
    assert.match(stdout, /^host chromium-\d \(worker 1\) found a bug in .*score\.ts/m)
    assert.match(stdout, /^saved schedule .*score-1-1\.schedule\.json$/m)
  })
})
