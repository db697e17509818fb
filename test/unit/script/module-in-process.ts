import type { ModuleEvent } from '../../../src/event/run-event.js'
import type { TestCounts } from '../../../src/event/verdicts.js'
import { createScope } from '../../../src/script/device-scope.js'
import { BatonTrail } from '../../../src/script/baton-trail.js'
import { createMocha, runMocha } from '../../../src/script/mocha-engine.js'
import {
  scopeStorage,
  setCurrentModule,
  clearCurrentModule,
  type Browser,
  type ModuleContext,
} from '../../../src/script/module-context.js'
import { NetworkUse } from '../../../src/script/network/network-use.js'
import { ThrownPlaces } from '../../../src/script/thrown-places.js'
import { TestRun, type CollectArtifacts } from '../../../src/script/test-run.js'
import type { MochaOptions } from '../../../src/script/worker-messages.js'

/** A context whose roles have no phones, for tests that send no command. */
export function contextOf(roles: string[], events: ModuleEvent[] = []): ModuleContext & { trail: BatonTrail } {
  const trail = new BatonTrail()
  return {
    trail,
    fileName: '/no/module.js',
    mapStack: stack => stack,
    sourceText: () => undefined,
    thrown: new ThrownPlaces(),
    phase: 'running',
    explainError: error => error,
    assertPageWasSent: () => {},
    roles: new Map(
      roles.map(role => [
        role,
        {
          browser: { sessionId: role } as Browser,
          session: {
            role,
            device: { name: `${role}'s phone`, labels: [], platform: 'fake' },
            session: { id: role, capabilities: {} },
            gateway: { protocol: 'http', hostname: 'localhost', port: 1, path: '/' },
            headers: {},
            webdriver: {},
          },
        },
      ]),
    ),
    servers: {},
    runningScope: undefined,
    deviceCallbacks: [],
    network: new NetworkUse(async () => {}),
    emit: event => events.push(event),
    recordPass(role, place) {
      const pass = { role, device: role, ...(place === undefined ? {} : { place }) }
      trail.note({ ...pass, at: 0 })
      events.push({ type: 'baton:pass', ...pass })
    },
  }
}

/** Runs `body` as a test that starts on the first role. */
export async function runAsTest<T>(context: ModuleContext, body: () => Promise<T> | T): Promise<T> {
  const [first = ''] = context.roles.keys()
  const scope = createScope({ title: ['a test'], module: context }, first)
  setCurrentModule(context)
  try {
    return await scopeStorage.run(scope, async () => await body())
  } finally {
    scope.closed = true
    clearCurrentModule()
  }
}

const threeRoles = ['alice', 'bob', 'carol']

/** Runs the body as a test of a module with the roles alice, bob and carol; adds its events to `events`. */
export function inTest(body: () => Promise<unknown>, events: ModuleEvent[] = []): Promise<unknown> {
  return runAsTest(contextOf(threeRoles, events), body)
}

export interface SuiteRun {
  counts: TestCounts
  events: ModuleEvent[]
  run: TestRun
}

/** mocha's functions, bdd and tdd. */
export interface Interface {
  describe: Mocha.SuiteFunction
  it: Mocha.TestFunction
  before: Mocha.HookFunction
  after: Mocha.HookFunction
  beforeEach: Mocha.HookFunction
  afterEach: Mocha.HookFunction
  suite: Mocha.SuiteFunction
  test: Mocha.TestFunction
  suiteSetup: Mocha.HookFunction
  setup: Mocha.HookFunction
}

/** Runs a suite with the engine of workers. */
export async function runSuite(
  roles: string[],
  define: (names: Interface) => void,
  options: Partial<MochaOptions> = {},
  onRun: (run: TestRun) => void = () => {},
  failing: CollectArtifacts = async () => {},
): Promise<SuiteRun> {
  const events: ModuleEvent[] = []
  const context = contextOf(roles, events)
  const full = { timeoutMs: 10_000, bail: false, forbidOnly: false, ...options }
  setCurrentModule(context)
  const engine = createMocha('test.ts', full, context)
  try {
    define(engine.globals as unknown as Interface)
    const run = new TestRun(context, engine, context.trail, roles[0] ?? '', { running: () => {}, failing })
    onRun(run)
    await runMocha(engine.mocha, runner => run.listen(runner))
    return { counts: run.counts, events, run }
  } finally {
    engine.mocha.dispose()
    clearCurrentModule()
  }
}
