import type { ModuleEvent } from '../../../src/event/run-event.js'
import type { TestCounts } from '../../../src/event/verdicts.js'
import { openCell } from '../../../src/script/baton-cell.js'
import { BatonTrail } from '../../../src/script/baton-trail.js'
import { createMocha, runMocha } from '../../../src/script/mocha-engine.js'
import {
  branch,
  enterModule,
  leaveModule,
  type Browser,
  type ModuleContext,
} from '../../../src/script/module-context.js'
import { TestRun, type ExplainFailure } from '../../../src/script/test-run.js'
import type { MochaOptions } from '../../../src/script/worker-messages.js'

/** Roles without a phone behind them: for what needs no command. */
export function contextOf(roles: string[], events: ModuleEvent[] = []): ModuleContext & { trail: BatonTrail } {
  const trail = new BatonTrail()
  return {
    trail,
    fileName: '/no/module.js',
    mapStack: stack => stack,
    phase: 'running',
    explain: error => error,
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
    runningCell: undefined,
    deviceCallbacks: [],
    emit: event => events.push(event),
    notePass(role, place) {
      const pass = { role, device: role, ...(place === undefined ? {} : { place }) }
      trail.note({ ...pass, at: 0 })
      events.push({ type: 'baton:pass', ...pass })
    },
  }
}

/** Runs `body` as if it stood in one test that starts on the first role. */
export async function inBranch<T>(context: ModuleContext, body: () => Promise<T> | T): Promise<T> {
  const [first = ''] = context.roles.keys()
  const cell = openCell({ title: ['a test'], module: context }, first)
  enterModule(context)
  try {
    return await branch.run(cell, async () => await body())
  } finally {
    cell.closed = true
    leaveModule()
  }
}

export interface SuiteRun {
  counts: TestCounts
  events: ModuleEvent[]
  run: TestRun
}

/** mocha's names, bdd and tdd. */
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

/** Runs a suite on the engine that workers use. */
export async function runSuite(
  roles: string[],
  define: (names: Interface) => void,
  options: Partial<MochaOptions> = {},
  onRun: (run: TestRun) => void = () => {},
  failing: ExplainFailure = async () => {},
): Promise<SuiteRun> {
  const events: ModuleEvent[] = []
  const context = contextOf(roles, events)
  const full = { timeoutMs: 10_000, bail: false, forbidOnly: false, ...options }
  enterModule(context)
  const engine = createMocha('test.ts', full, context)
  try {
    define(engine.globals as unknown as Interface)
    const run = new TestRun(context, engine, context.trail, roles[0] ?? '', { running: () => {}, failing })
    onRun(run)
    await runMocha(engine.mocha, runner => run.listen(runner))
    return { counts: run.counts, events, run }
  } finally {
    engine.mocha.dispose()
    leaveModule()
  }
}
