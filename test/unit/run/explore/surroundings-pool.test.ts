import assert from 'node:assert/strict'
import type { AttemptOptions } from '../../../../src/host/attempt/attempt-options.js'
import { SurroundingsPool } from '../../../../src/run/explore/surroundings-pool.js'

describe('the surroundings of jobs', () => {
  it('are different for jobs that run at the same time, and are numbered', async () => {
    const servers = (number: number): { execution: AttemptOptions; resets: Record<string, string> } => ({
      execution: {} as AttemptOptions,
      resets: { server: `/${number}` },
    })
    let started = 1
    const pool = new SurroundingsPool(servers(1), () => Promise.resolve(servers((started += 1))))
    const [first, second, third] = await pool.take(3)
    assert.deepEqual(
      [first, second, third].map(own => [own?.worker, own?.resets['server']]),
      [
        [1, '/1'],
        [2, '/2'],
        [3, '/3'],
      ],
    )
    pool.giveBack([third, first].flatMap(own => own ?? []))
    assert.deepEqual(
      (await pool.take(3)).map(({ worker }) => worker),
      [1, 3, 4],
    )
    assert.equal(started, 4)
  })
})
