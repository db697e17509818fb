import { setTimeout as delay } from 'node:timers/promises'
import { LeaseScripts } from '../../src/lease/lease-scripts.js'
import { Registry } from '../../src/lease/registry.js'
import type { ChaosFarm, ChaosHost } from './chaos-farm.js'

/** A module that waits until its run is stopped. */
export const lastingModule = `
export const devices = { a: ['platform=fake'] }
it('lasts', () => new Promise(resolve => setTimeout(resolve, 600_000))).timeout(0)
`

/** Files of `lastingModule`: half as many as a farm has devices, so that its other half can continue them. */
export function lastingFiles(hosts: number): string[] {
  return Array.from({ length: Math.ceil((hosts * 3) / 2) }, (_, index) => `lasting/${index}.ts`)
}

/**
 * Kills hosts of a farm in which nothing else happens, one after the other.
 * @returns milliseconds from each death until all modules of that host ran again on others
 */
export async function measureHostDeaths(farm: ChaosFarm, count: number): Promise<number[]> {
  const times: number[] = []
  if (count > 0) await untilIdle(farm)
  for (let death = 0; death < count; death++) {
    const host = farm.hosts[death % farm.hosts.length]
    const time = host && (await measureDeath(farm, host))
    if (time !== undefined) times.push(time)
  }
  return times
}

/** @returns undefined if no module ran there */
async function measureDeath(farm: ChaosFarm, host: ChaosHost): Promise<number | undefined> {
  const files = lastingFiles(farm.hosts.length)
  const run = farm.user('run', '--json', ...files)
  const { modules } = await run.event('run:start')
  const started = await Promise.all(modules.map(({ id }) => run.event('attempt:start', ({ module }) => module === id)))
  const hit = started.filter(event => event.host === host.name)
  const killedAt = performance.now()
  host.cli.child.kill('SIGKILL')
  await host.cli.done
  await Promise.all(
    hit.map(({ module, lease }) =>
      run.event('attempt:start', event => event.module === module && event.lease !== lease),
    ),
  )
  const time = performance.now() - killedAt
  run.child.kill('SIGINT')
  host.cli = farm.startHost(host)
  await Promise.all([run.done, host.cli.line('baton host: ready')])
  await untilIdle(farm)
  return hit.length === 0 ? undefined : time
}

async function untilIdle({ redis }: ChaosFarm): Promise<void> {
  const registry = new Registry(new LeaseScripts(redis.admin))
  while ((await registry.listDevices()).some(({ state }) => state !== 'idle')) await delay(50)
}
