import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../../src/process/free-port.js'
import type { ChaosFarm, ChaosHost } from './chaos-farm.js'
import type { ChaosRuns } from './chaos-runs.js'
import type { TcpProxy, Weather } from './tcp-proxy.js'

export interface FaultScene {
  farm: ChaosFarm
  runs: ChaosRuns
  random: () => number
}

/** Resolves when it is repaired, and the next one may come. */
type Inject<Victim> = (scene: FaultScene, victim: Victim) => Promise<void>

const between = ({ random }: FaultScene, least: number, most: number): number => least + random() * (most - least)

const ttlOf = ({ farm }: FaultScene): number => farm.leaseTtlMs
/** How far clocks are wrong at most, in seconds. */
const clockRange = 20
const wrongBy = (scene: FaultScene): number => Math.round(between(scene, -clockRange, clockRange))

/** What happens to one host. */
export const hostFaults: Readonly<Record<string, Inject<ChaosHost>>> = {
  'kill worker': async ({ farm }, host) => {
    const [pid] = farm.processesOf(host, 'worker-main')
    if (pid !== undefined) kill(pid)
  },
  'kill reaper': async ({ farm }, host) => {
    for (const pid of farm.processesOf(host, 'reaper-main')) kill(pid)
  },
  'kill devices': async (scene, host) => {
    host.devices.kill('SIGKILL')
    await once(host.devices, 'exit')
    await delay(between(scene, 0, 1_000))
    host.devices = scene.farm.startDevices(host)
    await once(host.devices, 'message')
  },
  'kill host': async (scene, host) => {
    host.cli.child.kill('SIGKILL')
    await host.cli.done
    await delay(between(scene, 0, ttlOf(scene) * 1.5))
    await restart(scene, host)
  },
  'terminate host': async (scene, host) => {
    host.cli.child.kill('SIGTERM')
    await host.cli.done
    await restart(scene, host)
  },
  'freeze host': async (scene, host) => {
    host.cli.child.kill('SIGSTOP')
    await delay(between(scene, ttlOf(scene) * 1.2, ttlOf(scene) * 2.5))
    host.cli.child.kill('SIGCONT')
    await delay(ttlOf(scene))
  },
  'freeze host, with a successor': async (scene, host) => {
    const frozen = host.cli
    frozen.child.kill('SIGSTOP')
    await delay(between(scene, 0, ttlOf(scene) * 1.5))
    // The frozen one still listens on its port.
    host.gatewayPort = await freePort()
    host.cli = scene.farm.startHost(host)
    await delay(between(scene, ttlOf(scene) * 0.5, ttlOf(scene) * 1.5))
    frozen.child.kill('SIGCONT')
    await frozen.done
    await restart(scene, host, 'if it has ended')
  },
  'cut network': async (scene, host) => weather(scene, host, 'cut'),
  'swallow network': async (scene, host) => weather(scene, host, 'hole'),
  'pause network': async (scene, host) => weather(scene, host, 'paused'),
  'slow network': async (scene, host) => {
    for (const link of linksOf(host)) link.delayMs = 50
    await delay(between(scene, 1_000, 5_000))
    for (const link of linksOf(host)) link.delayMs = 0
  },
  'unplug host': async (scene, { index }) => {
    scene.farm.network.setPlugged(index, false)
    await delay(between(scene, 500, ttlOf(scene) * 2))
    scene.farm.network.setPlugged(index, true)
  },
  'step clock of host': async (scene, { clock }) => clock.set(wrongBy(scene)),
}

/** What happens to Redis, and so to everybody. */
export const redisFaults: Readonly<Record<string, Inject<void>>> = {
  'kill Redis': async ({ farm }) => farm.redis.kill(),
  'restart Redis': async ({ farm }) => farm.redis.restart(),
  'cut power of Redis': async scene => scene.farm.redis.kill(Math.round(between(scene, 1, 20_000))),
  'fail over Redis': async scene => scene.farm.redis.failOver(between(scene, 0, 7_000)),
  'close connections to Redis': async ({ farm }) => {
    await farm.redis.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  },
  'flush scripts of Redis': async ({ farm }) => {
    await farm.redis.admin.script('FLUSH')
  },
  'fill Redis': async scene => {
    await scene.farm.redis.admin.config('SET', 'maxmemory', '1mb')
    await delay(between(scene, 500, 3_000))
    await scene.farm.redis.admin.config('SET', 'maxmemory', '0')
  },
  'step clock of Redis': async scene => scene.farm.redis.clock.set(wrongBy(scene)),
  'slow Redis': async scene => {
    await scene.farm.redis.admin.call('DEBUG', 'SLEEP', between(scene, 0.2, 3).toFixed(2))
  },
}

/** What happens to those that submit and follow runs. */
export const userFaults: Readonly<Record<string, Inject<void>>> = {
  'kill follower': async ({ runs }) => runs.killFollower(),
  'kill submitter': async ({ runs }) => runs.killSubmitter(),
  'cut network of users': async scene => {
    await weatherOf(scene, [scene.farm.userLink], 'cut')
  },
}

/** Faults that this machine doesn't have, and why. */
export function unavailableFaults({ network, hasClocks }: ChaosFarm): Map<string, string> {
  const unavailable = new Map<string, string>()
  if (network.kind === 'loopback') unavailable.set('unplug host', 'hosts have no network namespaces')
  if (hasClocks) return unavailable
  for (const name of ['step clock of host', 'step clock of Redis'])
    unavailable.set(name, 'clocks are set by a C library, and there is no compiler')
  return unavailable
}

async function weather(scene: FaultScene, host: ChaosHost, weather: Weather): Promise<void> {
  await weatherOf(scene, linksOf(host), weather)
}

async function weatherOf(scene: FaultScene, links: readonly TcpProxy[], weather: Weather): Promise<void> {
  for (const link of links) link.set(weather)
  await delay(between(scene, 500, ttlOf(scene) * 2))
  for (const link of links) link.set('open')
}

const linksOf = ({ redisLink, gatewayLink }: ChaosHost): TcpProxy[] => [redisLink, gatewayLink]

/** A service manager does the same. */
async function restart({ farm }: FaultScene, host: ChaosHost, when?: 'if it has ended'): Promise<void> {
  if (when !== undefined && host.cli.child.exitCode === null && host.cli.child.signalCode === null) return
  host.cli = farm.startHost(host)
  await Promise.race([host.cli.line('baton host: ready').catch(() => {}), host.cli.done])
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has just ended.
  }
}
