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
const rounds = 5
const calls = 20_000

const farm = await TestFarm.start({ spare: 0 })
const slow = await slowDown(farm.appium.port)
const context = { ...contextOf([]), roles: new Map<string, AttachedRole>() }
const inTest = <T>(body: () => Promise<T>): Promise<T> =>
  branch.run(openCell({ title: ['bench'], module: context }, 'alice'), body)

enterModule(context)
await attachAll(farm.appium.port)
const plain = await measure(() => Promise.all([useDevice('alice', work), useDevice('bob', work)]))
watchForDeadlocks()
const atOnce = await measure(() => parallel({ alice: work, bob: work }))
await attachAll(slow.port)
const alice = await measure(() => parallel({ alice: work }))
const bob = await measure(() => parallel({ bob: work }))
const both = await measure(() => parallel({ alice: work, bob: work }))
stopTrackingActivity()

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

async function work(browser: Browser): Promise<void> {
  for (let count = 0; count < commands; count++) await browser.getPageSource()
}

/** The median of some rounds. */
async function measure(body: () => Promise<unknown>): Promise<number> {
  await inTest(body)
  const times: number[] = []
  for (let count = 0; count < rounds; count++) {
    const start = performance.now()
    await inTest(body)
    times.push(performance.now() - start)
  }
  return median(times)
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
