import { WorkerPool } from '../../../src/host/worker/worker-pool.js'
import { moduleOf } from './farm.js'

/** A host to be killed: one worker is in an endless loop, another one waits. Tells their process ids. */
const pool = new WorkerPool({ spare: 1 })

void pool.run(
  {
    type: 'run',
    module: moduleOf(`it('never ends', () => { for (;;); })`),
    roles: [],
    firstRole: 'alice',
    mocha: { timeoutMs: 0, bail: false, forbidOnly: false },
    env: {},
    servers: {},
    inspect: false,
  },
  {
    moduleTimeoutMs: 60_000,
    onEvent: event => {
      if (event.type === 'test:start') process.send?.(pool.pids)
    },
  },
)
