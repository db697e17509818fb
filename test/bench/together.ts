/**
 * What branches cost. `ratio`: `parallel` over two warm fake devices that take as long for a command as a phone, beside its
 * longer branch alone. `overhead`: the same branches on devices that answer at once, beside `Promise.all` of two
 * `useDevice` callbacks without any watch, so that all there is to see is what `parallel` itself takes of the processor.
 * `gateUs`: microseconds of the gate that each command passes, beside an await of nothing. Prints one line of JSON; times
 * in milliseconds. `node dist/test/bench/together.js [commands] [milliseconds of a command]`
 */
import { once } from 'node:events'
import { createServer, request as requestHttp } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openCell } from '../../src/script/baton-cell.js'
import { attachRole, detachRole } from '../../src/script/attach-role.js'
import { stopTrackingActivity } from '../../src/script/branch-activity.js'
import { watchForDeadlocks } from '../../src/script/deadlock.js'
import { passGate, setGate } from '../../src/script/gate.js'
import { parallel, useDevice } from '../../src/script/index.js'
import { branch, enterModule, leaveModule, type AttachedRole, type Browser } from '../../src/script/module-context.js'
import { TestFarm } from '../integration/script/farm.js'
import { contextOf } from '../unit/script/module-in-process.js'

const commands = Number(process.argv[2] ?? 10)
const deviceMs = Number(process.argv[3] ?? 100)
/** Commands on devices that answer at once: enough of them for warm code. */
const quick = 60
const rounds = 5
const calls = 20_000

const farm = await TestFarm.start({ spare: 0 })
const slow = await slowDown(farm.appium.port)
const context = { ...contextOf([]), roles: new Map<string, AttachedRole>() }
const inTest = <T>(body: () => Promise<T>): Promise<T> =>
  branch.run(openCell({ title: ['bench'], module: context }, 'alice'), body)

enterModule(context)
await attachAll(farm.appium.port)
const [plain, atOnce] = await measure(
  () => Promise.all([useDevice('alice', work(quick)), useDevice('bob', work(quick))]),
  () => watched(() => parallel({ alice: work(quick), bob: work(quick) })),
)
await attachAll(slow.port)
const [alice, bob, both] = await measure(
  () => watched(() => parallel({ alice: work(commands) })),
  () => watched(() => parallel({ bob: work(commands) })),
  () => watched(() => parallel({ alice: work(commands), bob: work(commands) })),
)

const gateUs = {
  none: await perCall(async () => await Promise.resolve()),
  open: await perCall(() => passGate({ role: 'alice', command: 'click', args: [] }, () => undefined)),
  installed: await withGate(() =>
    perCall(() => passGate({ role: 'alice', command: 'click', args: [] }, () => undefined)),
  ),
}
leaveModule()
const ratio = round(both / Math.max(alice, bob))
const overhead = round(atOnce / plain)
process.stdout.write(
  `${JSON.stringify({ bench: 'together', commands, deviceMs, ratio, alice, bob, both, overhead, plain, atOnce, gateUs })}\n`,
)
detachAll()
slow.close()
await farm.close()

async function attachAll(port: number): Promise<void> {
  detachAll()
  for (const role of ['alice', 'bob']) {
    const session = farm.role(role)
    context.roles.set(role, await attachRole({ ...session, gateway: { ...session.gateway, port } }, false))
  }
}

function detachAll(): void {
  for (const role of context.roles.values()) detachRole(role)
  context.roles.clear()
}

/** Another way to Appium, on which each command takes as long as on a phone. */
async function slowDown(port: number): Promise<{ port: number; close(): void }> {
  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming
    setTimeout(() => {
      const upstream = requestHttp({ host: '127.0.0.1', port, method, path: url, headers }, answer => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(outgoing)
      })
      incoming.pipe(upstream)
    }, deviceMs)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

function work(times: number): (browser: Browser) => Promise<void> {
  return async browser => {
    for (let count = 0; count < times; count++) await browser.getPageSource()
  }
}

/** Medians of some rounds, in each of which all come in turn. */
async function measure<T extends (() => Promise<unknown>)[]>(...bodies: T): Promise<{ [I in keyof T]: number }> {
  const times = bodies.map((): number[] => [])
  for (let count = -2; count < rounds; count++) {
    for (const [index, body] of bodies.entries()) {
      const start = performance.now()
      await inTest(body)
      if (count >= 0) times[index]?.push(performance.now() - start)
    }
  }
  return times.map(median) as { [I in keyof T]: number }
}

/** As in a module that begins branches. */
async function watched<T>(body: () => Promise<T>): Promise<T> {
  watchForDeadlocks()
  try {
    return await body()
  } finally {
    stopTrackingActivity()
  }
}

async function perCall(call: () => Promise<unknown>): Promise<number> {
  return await inTest(async () => {
    for (let count = 0; count < calls / 4; count++) await call()
    const start = performance.now()
    for (let count = 0; count < calls; count++) await call()
    return round(((performance.now() - start) * 1_000) / calls)
  })
}

async function withGate<T>(body: () => Promise<T>): Promise<T> {
  setGate((_, proceed) => proceed())
  try {
    return await body()
  } finally {
    setGate(undefined)
  }
}

function median(values: readonly number[]): number {
  return round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0)
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000
}
