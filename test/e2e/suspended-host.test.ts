import assert from 'node:assert/strict'
import { ForeignAppium } from './support/foreign-appium.js'
import { GateKeeper } from './support/gate.js'
import { SharedFarm } from './support/shared-farm.js'

const module = `
import { browser } from '@wdio/globals'
export const devices = { alice: ['platform=fake'] }

it('sends a command before and after its host is suspended', async () => {
  await browser.getTitle()
  const later = fetch(process.env.GATE + '/gate')
  await later
  const command = browser.getUrl()
  await fetch(process.env.GATE + '/sent')
  await command
})
`

describe('a host that was suspended', () => {
  it('forwards no command that waited in its socket for longer than the lease', async () => {
    const appium = await ForeignAppium.start(() => 'ok')
    await using farm = await SharedFarm.start({ 'one.ts': module })
    await using gates = await GateKeeper.start()
    const host = await farm.hostOf('h1', appium.farm)
    try {
      const cli = farm.run('one.ts', ...gates.args)
      await gates.arrival('gate')
      host.child.kill('SIGSTOP')
      gates.open('gate')
      await gates.arrival('sent')
      gates.open('sent')
      await farm.until(async () => isLapsed(farm), 'the lease lapsed')
      host.child.kill('SIGCONT')
      await appium.got('GET /title', 2)
      assert.equal(appium.requests.get('GET /url'), undefined, 'the command came through under a lapsed lease')
      const { exitCode, stderr } = await cli.done
      assert.deepEqual(cli.verdicts, { 'one.ts': ['passed'] }, stderr)
      assert.equal(exitCode, 0)
    } finally {
      host.child.kill('SIGCONT')
      appium.stop()
    }
  })
})

/** By the farm's clock, which is behind Redis's if the machine stood still for a while. */
async function isLapsed({ redis }: SharedFarm): Promise<boolean> {
  const [[seconds = ''], leases, aheadUs] = await Promise.all([
    redis.time(),
    redis.zrange('{baton}:leases', '0', '-1', 'WITHSCORES'),
    redis.hget('{baton}:clock', 'ahead'),
  ])
  return Number(leases[1]) < Number(seconds) * 1_000 + Number(aheadUs) / 1_000
}
