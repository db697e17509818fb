import { once } from 'node:events'
import { createServer, request as requestHttp } from 'node:http'
import type { AddressInfo } from 'node:net'
import { attachRole, detachRole } from '../../../src/script/attach-role.js'
import { createScope } from '../../../src/script/device-scope.js'
import { stopTrackingActivity } from '../../../src/script/branch/branch-activity.js'
import { watchForDeadlocks } from '../../../src/script/branch/deadlock.js'
import { sendCommand } from '../../../src/script/command-interceptor.js'
import { parallel, useDevice } from '../../../src/script/index.js'
import {
  scopeStorage,
  setCurrentModule,
  clearCurrentModule,
  type AttachedRole,
  type Browser,
} from '../../../src/script/module-context.js'
import { TestFarm } from '../../integration/script/farm.js'
import { contextOf } from '../../unit/script/module-in-process.js'
import { summarize, type Benchmark } from '../benchmark.js'
import type { Figure } from '../report.js'

/** Milliseconds of a command on a phone. */
const deviceMs = 100
const names = ['alice', 'bob'] as const

export const together: Benchmark = {
  name: 'together',
  what: `parallel over two warm fake devices, ${deviceMs} ms a command as on a phone, and the interceptor that each command passes`,

  async measure({ quick }) {
    const farm = await TestFarm.start({ spare: 0 })
    const slow = await slowDown(farm.appium.port)
    const context = { ...contextOf([]), roles: new Map<string, AttachedRole>() }
    setCurrentModule(context)
    try {
      const bench = new Branches(farm, context.roles, context)
      await bench.attach(slow.port)
      const figures = await slowDevices(bench, quick)
      await bench.attach(farm.appium.port)
      return [...figures, await quickDevices(bench, quick), await interceptor(bench, quick)]
    } finally {
      for (const role of context.roles.values()) detachRole(role)
      clearCurrentModule()
      slow.close()
      await farm.close()
    }
  },
}

/** Two devices in one test of a module that starts branches. */
class Branches {
  constructor(
    private readonly farm: TestFarm,
    private readonly roles: Map<string, AttachedRole>,
    private readonly module: object,
  ) {}

  async attach(port: number): Promise<void> {
    for (const name of names) {
      const attached = this.roles.get(name)
      if (attached) detachRole(attached)
      const session = this.farm.role(name)
      this.roles.set(name, await attachRole({ ...session, gateway: { ...session.gateway, port } }, false))
    }
  }

  async time(body: () => Promise<unknown>): Promise<number> {
    const start = performance.now()
    await scopeStorage.run(createScope({ title: ['bench'], module: this.module }, 'alice'), body)
    return performance.now() - start
  }

  async timeWatched(body: () => Promise<unknown>): Promise<number> {
    watchForDeadlocks()
    try {
      return await this.time(body)
    } finally {
      stopTrackingActivity()
    }
  }
}

async function slowDevices(bench: Branches, quick: boolean): Promise<Figure[]> {
  const run = commands(quick ? 3 : 10)
  const ratios = await rounds(quick ? 2 : 7, async () => {
    const alice = await bench.timeWatched(() => parallel({ alice: run }))
    const bob = await bench.timeWatched(() => parallel({ bob: run }))
    const both = await bench.timeWatched(() => parallel({ alice: run, bob: run }))
    return both / Math.max(alice, bob)
  })
  return [
    { label: 'both branches, beside the longer one alone', unit: '×', ...summarize(ratios), goal: { atMost: 1.1 } },
  ]
}

/** Shows what `parallel` and deadlock detection cost: the devices themselves take no time. */
async function quickDevices(bench: Branches, quick: boolean): Promise<Figure> {
  const run = commands(quick ? 10 : 60)
  const ratios = await rounds(quick ? 2 : 7, async () => {
    const plain = await bench.time(() => Promise.all(names.map(name => useDevice(name, run))))
    return (await bench.timeWatched(() => parallel({ alice: run, bob: run }))) / plain
  })
  return { label: 'on devices that answer at once, beside Promise.all', unit: '×', ...summarize(ratios) }
}

async function interceptor(bench: Branches, quick: boolean): Promise<Figure> {
  const calls = quick ? 1_000 : 20_000
  const each = async (call: () => Promise<unknown>): Promise<number> => {
    const ms = await bench.time(async () => {
      for (let count = 0; count < calls; count++) await call()
    })
    return ms / calls
  }
  const added = await rounds(quick ? 2 : 7, async () => {
    const nothing = await each(async () => await Promise.resolve())
    return (await each(() => sendCommand({ role: 'alice', command: 'click', args: [] }, () => undefined))) - nothing
  })
  return { label: 'what the interceptor adds to a command', unit: 'ms', ...summarize(added), goal: { atMost: 0.01 } }
}

function commands(times: number): (browser: Browser) => Promise<void> {
  return async browser => {
    for (let count = 0; count < times; count++) await browser.getPageSource()
  }
}

/** The first round warms up. */
async function rounds(count: number, round: () => Promise<number>): Promise<number[]> {
  await round()
  const samples: number[] = []
  for (let turn = 0; turn < count; turn++) samples.push(await round())
  return samples
}

/** A proxy to Appium that makes each command take as long as on a phone. */
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
