import assert from 'node:assert/strict'
import adbkit from '@devicefarmer/adbkit'
import { GateKeeper } from '../e2e/support/gate.js'
import type { PhoneFarm } from './phone-farm.js'

/**
 * Commands none while its phone leaves: one that fails would tell of it before adb does. It doesn't end by itself either: that
 * it ends is the departure's doing.
 */
const quietModule = `
export const devices = { someone: ['platform=android'] }
it('waits', async () => {
  await fetch(process.env.GATE + '/leaving')
})
`

/** Milliseconds from the moment adb tells a bystander that a phone has left. */
export interface Departure {
  /** Until no module is given the phone any more. */
  outOfPoolMs: number
  /** Until the attempt that had it is over for its run. */
  moduleStoppedMs: number
}

/**
 * Pulls the cable of a phone in the middle of a module, watched by a client of adb that is no part of the farm. The phone is
 * plugged in again, and the module passes at last.
 */
export async function timeDeparture(farm: PhoneFarm): Promise<Departure> {
  await using gates = await GateKeeper.start()
  farm.project.write({ 'leaving.ts': quietModule })
  const cli = farm.run('leaving.ts', ...gates.args)
  const { devices, lease } = await cli.event('attempt:start')
  const [device = ''] = Object.values(devices)
  const phone = farm.phone(device)
  await gates.arrival('leaving')
  const bystander = await adbkit.Adb.createClient({ host: '127.0.0.1', port: farm.phones.adbPort }).trackDevices()
  try {
    const told = new Promise<number>(resolve => {
      const hear = ({ id, type }: { id: string; type: string }): void => {
        if (id === phone.serial && type !== 'device') resolve(Date.now())
      }
      bystander.on('change', hear)
      bystander.on('remove', ({ id }: { id: string }) => hear({ id, type: 'absent' }))
    })
    const out = farm
      .until(states => states.some(({ name, state }) => name === device && state === 'offline'), `${device} is out`, 1)
      .then(() => Date.now())
    await phone.unplug()
    const [toldAt, outAt, { at, verdict }] = await Promise.all([
      told,
      out,
      cli.event('attempt:end', event => event.lease === lease),
    ])
    assert.equal(verdict, 'infrastructure')
    gates.open('leaving')
    await phone.plug()
    const { exitCode, stderr } = await cli.done
    if (exitCode !== 0) throw new Error(stderr)
    await farm.untilAll('idle')
    return { outOfPoolMs: outAt - toldAt, moduleStoppedMs: at - toldAt }
  } finally {
    bystander.end()
  }
}
