import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout as tick } from 'node:timers/promises'
import { promisify } from 'node:util'
import { stopTrackingActivity } from '../../../src/script/branch/branch-activity.js'
import { watchForDeadlocks } from '../../../src/script/branch/deadlock.js'
import { allDone, barrier, parallel, signal, start, until } from '../../../src/script/index.js'
import { contextOf, runAsTest } from './module-in-process.js'

const roles = ['alice', 'bob', 'carol']
const inTest = (body: () => Promise<unknown>): Promise<unknown> => runAsTest(contextOf(roles), body)
const deadlock = { code: 'BATON_DEADLOCK' }

describe('a deadlock', () => {
  before(() => watchForDeadlocks())
  after(() => stopTrackingActivity())

  const stuck: Record<string, () => Promise<unknown>> = {
    'of two signals': () =>
      parallel({
        alice: () => until('a').then(() => signal('b')),
        bob: async () => {
          await until('b')
          signal('a')
        },
      }),
    'of barriers in another order': () =>
      parallel({
        alice: async () => {
          await barrier('one')
          await barrier('two')
        },
        bob: async () => {
          await barrier('two')
          await barrier('one')
        },
      }),
    'when the last one that could signal has ended': () =>
      parallel({
        alice: () => until('never'),
        bob: () => tick(5),
        carol: async () => void (await readFile('package.json')),
      }),
    'after timers, files, signals and helpers': () =>
      parallel({
        alice: async () => {
          await tick(2)
          assert.ok(randomUUID())
          await promisify(randomBytes)(8)
          await Promise.all([readFile('package.json'), tick(1), until('go')])
          await (async () => await Promise.race([until('x'), until('y')]))()
        },
        bob: async () => {
          signal('go')
          await Promise.allSettled([until('z'), barrier('b', { of: ['alice', 'bob'] })])
        },
      }),
    'of a branch and who waits for it': async () => {
      const bob = start('bob', () => until('never'))
      await bob
    },
    'of branches that wait for one another': async () => {
      const handles: PromiseLike<unknown>[] = []
      handles.push(start('alice', async () => void (await tick(1), await handles[1])))
      handles.push(start('bob', async () => void (await tick(1), await handles[0])))
      await allDone()
    },
    'behind a barrier that nobody else knows': () =>
      parallel({ alice: () => barrier('b', { of: ['alice', 'carol'] }), bob: () => {} }),
    'inside of a branch': () =>
      parallel({ alice: () => parallel({ carol: () => until('never') }), bob: () => tick(1) }),
    'in an async generator': () =>
      parallel({
        alice: async () => {
          async function* values(): AsyncGenerator {
            yield await until('never')
          }
          for await (const value of values()) assert.fail(String(value))
        },
      }),
  }
  for (const [what, run] of Object.entries(stuck)) {
    it(`${what} is detected at once`, () => inTest(() => assert.rejects(run(), deadlock)))
  }

  const emitter = new EventEmitter()
  const moving: Record<string, () => Promise<unknown>> = {
    'a timer beside a wait': () =>
      parallel({ alice: () => until('go'), bob: () => Promise.all([until('go'), tick(20).then(() => signal('go'))]) }),
    'a timer of the test itself': async () => {
      setTimeout(() => signal('go'), 20)
      await parallel({ alice: () => until('go') })
    },
    'an unreferenced timer': () =>
      parallel({
        alice: () => until('go'),
        bob: async () => {
          setTimeout(() => signal('go'), 20).unref()
          await until('go')
        },
      }),
    'an interval': () =>
      parallel({
        alice: async () => {
          let turns = 0
          const timer = setInterval(() => {
            if (++turns === 5) signal('go')
          }, 3)
          await until('go')
          clearInterval(timer)
        },
      }),
    'an abort signal': () =>
      parallel({
        alice: async () => {
          AbortSignal.timeout(20).addEventListener('abort', () => signal('go'))
          await until('go')
        },
      }),
    'a file beside a wait': () =>
      parallel({ alice: () => Promise.all([until('go'), readFile('package.json').then(() => signal('go'))]) }),
    'an event from outside': () =>
      parallel({
        alice: () => Promise.all([until('go'), once(emitter, 'go').then(() => signal('go'))]),
        bob: () => until('go'),
      }),
    'a promise from outside, awaited': () =>
      parallel({
        alice: () =>
          Promise.all([
            until('go'),
            (async () => {
              await outside
              signal('go')
            })(),
          ]),
      }),
    'a promise from outside, returned': () =>
      parallel({ alice: () => Promise.all([until('go'), (async () => outside)().then(() => signal('go'))]) }),
    'a promise from outside, in a then': () =>
      parallel({
        alice: () =>
          Promise.all([
            until('go'),
            Promise.resolve()
              .then(() => outside)
              .then(() => signal('go')),
          ]),
      }),
    'a thenable that is no promise': () =>
      parallel({
        alice: () =>
          Promise.all([
            until('go'),
            (async () => {
              // oxlint-disable-next-line unicorn/no-thenable -- that is what is tried
              await { then: (resolve: (value: unknown) => void) => void emitter.once('go', resolve) }
              signal('go')
            })(),
          ]),
      }),
    'promises in a for await': () =>
      parallel({
        alice: () =>
          Promise.all([
            until('go'),
            (async () => {
              // oxlint-disable-next-line typescript/await-thenable -- that is what is tried
              for await (const value of [outside]) signal('go', value)
            })(),
          ]),
      }),
    'random bytes': () =>
      parallel({ alice: () => Promise.all([until('go'), promisify(randomBytes)(8).then(() => signal('go'))]) }),
    'random bytes with a callback': () =>
      parallel({
        alice: () => {
          randomBytes(8, () => signal('go'))
          return until('go')
        },
      }),
    'a deputy that works': async () => {
      const bob = start('bob', async () => {
        await tick(20)
        signal('go')
      })
      await until('go')
      await bob
    },
    'a fetch': () =>
      parallel({
        alice: () => Promise.all([until('go'), fetch('data:text/plain,go').then(() => signal('go'))]),
      }),
  }
  let outside: Promise<unknown>
  for (const [what, run] of Object.entries(moving)) {
    it(`is not detected in ${what}`, async () => {
      let resolve: (value: unknown) => void = () => {}
      outside = new Promise(done => (resolve = done))
      const timer = setTimeout(() => {
        resolve('outside')
        emitter.emit('go')
      }, 20)
      await inTest(run)
      clearTimeout(timer)
    })
  }
})
