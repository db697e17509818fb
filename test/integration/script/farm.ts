import { WorkerPool, type WorkerPoolOptions } from '../../../src/host/worker/worker-pool.js'
import type { WorkerAttemptOptions } from '../../../src/host/worker/worker-attempt.js'
import type { ModuleEvent } from '../../../src/event/run-event.js'
import type { RunModule, WorkerReport, RoleSession } from '../../../src/script/worker-messages.js'
import { startAppium, type AppiumServer, type OpenSession } from './appium-server.js'

export interface Result {
  report: WorkerReport
  events: (ModuleEvent & { at: number })[]
}

export interface JobOptions extends Partial<Omit<RunModule, 'mocha'>> {
  mocha?: Partial<RunModule['mocha']>
  execute?: Partial<WorkerAttemptOptions>
}

/** Milliseconds; shorter than the timeout of the tests, so that a hanging module is named. */
const generousMs = { test: 30_000, module: 45_000 }

/** Fake phones behind a real Appium, by default alice's and bob's, and workers. */
export class TestFarm {
  private constructor(
    readonly appium: AppiumServer,
    readonly pool: WorkerPool,
    private readonly sessions: ReadonlyMap<string, OpenSession>,
  ) {}

  static async start(options: WorkerPoolOptions = {}, roles: readonly string[] = ['alice', 'bob']): Promise<TestFarm> {
    const appium = await startAppium()
    const sessions = new Map<string, OpenSession>()
    for (const who of roles) sessions.set(who, await appium.openSession(who))
    return new TestFarm(appium, new WorkerPool(options), sessions)
  }

  role(role: string, webdriver: RoleSession['webdriver'] = {}): RoleSession {
    const session = this.sessions.get(role)
    if (!session) throw new Error(`no session for ${role}`)
    return {
      role,
      device: { name: `${role}-phone`, labels: ['platform=fake'], platform: 'fake', udid: `udid-${role}` },
      session,
      gateway: { protocol: 'http', hostname: '127.0.0.1', port: this.appium.port, path: '/' },
      headers: { 'x-test': 'token' },
      webdriver,
    }
  }

  job(code: string, options: JobOptions = {}): RunModule {
    const { mocha, execute: _, ...rest } = options
    return {
      type: 'run',
      module: moduleOf(code),
      roles: [...this.sessions.keys()].map(role => this.role(role)),
      firstRole: [...this.sessions.keys()][0] ?? '',
      mocha: { timeoutMs: generousMs.test, bail: false, forbidOnly: false, ...mocha },
      env: {},
      servers: {},
      inspect: false,
      ...rest,
    }
  }

  async run(code: string, options: JobOptions = {}): Promise<Result> {
    const events: Result['events'] = []
    const report = await this.pool.run(this.job(code, options), {
      moduleTimeoutMs: generousMs.module,
      onEvent: event => events.push(event),
      ...options.execute,
    })
    return { report, events }
  }

  async close(): Promise<void> {
    await this.pool.close()
    await this.appium.close()
  }
}

let made = 0

/** The imports of modules. */
const imports = `const { $, $$, browser, driver, expect } = await $baton('@wdio/globals')
const baton = await $baton('baton'), { parallel, start, allDone, barrier, signal, until, useDevice, activeDevice, onDevice, serverUrl } = baton
const { default: assert } = await $baton('node:assert/strict')
`

/** The code's first line is line 4 in stacks. */
export function moduleOf(code: string): RunModule['module'] {
  made++
  const file = `test/modules/m${made}.ts`
  const meta = {
    kind: 'esm',
    node: false,
    imports: {},
    requires: {},
    sources: [],
    reexports: [],
    stars: [],
    unchecked: [],
  }
  const flags = { cyclic: false, mutable: false, mixed: false }
  const head = `return{entry:${JSON.stringify(file)},setup:[],addons:[],packages:[],files:{${JSON.stringify(file)}:{...${JSON.stringify({ ...meta, ...flags })},run:$baton=>async function(){"use strict";`
  const body = `${head}\n${imports}const exports=await(async()=>{${code}\n})()\n$baton.exports(Object.fromEntries(Object.keys(exports??{}).map(key=>[key,()=>exports[key]])))}}}}`
  const places = [{ file, line: 1, count: body.split('\n').length }]
  return { id: `m${made}`, file, code: body, sourceMap: JSON.stringify(places), directory: '/tmp', base: '' }
}

export function titlesOf({ events }: Result, state?: string): string[] {
  return events.flatMap(event =>
    event.type === 'test:end' && (!state || event.state === state) ? [event.title.join(' / ')] : [],
  )
}

/** What the module printed. */
export function outputOf({ events }: Result): string {
  return events.flatMap(event => (event.type === 'log' ? [event.text] : [])).join('\n')
}

/** Fails with the module's own errors if it did not pass. */
export function mustPass(result: Result): void {
  const errors = result.events.flatMap(event =>
    event.type === 'test:end' && event.error ? [event.title, event.error] : [],
  )
  if (result.report.verdict !== 'passed') throw new Error(JSON.stringify([result.report, errors], null, 2))
}
