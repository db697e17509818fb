import assert from 'node:assert/strict'
import { setTimeout as tick } from 'node:timers/promises'
import type { ModuleEvent } from '../../../src/event/run-event.js'
import { stopTrackingActivity } from '../../../src/script/branch/branch-activity.js'
import { watchForDeadlocks } from '../../../src/script/branch/deadlock.js'
import { sendCommand, setCommandInterceptor, type OutgoingCommand } from '../../../src/script/command-interceptor.js'
import { barrier, parallel, signal, start, until, useDevice } from '../../../src/script/index.js'
import { inTest } from './module-in-process.js'
import { act, command } from './branch-suite.js'

const fail = (message: string): Promise<never> => tick(3).then(() => Promise.reject(new Error(message)))

describe('parallel', () => {
  it('gives each branch its device, in everything that it calls, and the caller its previous one', () =>
    inTest(async () => {
      await useDevice('carol')
      const deep = async (): Promise<string> => {
        await tick(1)
        return await (async () => {
          await tick(0)
          return act()
        })()
      }
      assert.deepEqual(await parallel({ alice: deep, bob: deep, carol: own => own.sessionId }), {
        alice: 'alice',
        bob: 'bob',
        carol: 'carol',
      })
      assert.equal(act(), 'carol')
    }))

  it('accepts a list, for computed roles', () =>
    inTest(async () => {
      const values = await parallel(['bob', 'alice'].map(name => [name, () => `${name} on ${act()}`] as const))
      assert.deepEqual(values, ['bob on bob', 'alice on alice'])
    }))

  it('returns when all have ended, with the error of the first failure', async () => {
    const ended: string[] = []
    const end = (name: string, ms: number) => async (): Promise<void> => {
      await tick(ms)
      ended.push(name)
    }
    await inTest(async () => {
      await assert.rejects(
        parallel({ alice: () => fail('first'), bob: end('bob', 15), carol: end('carol', 1) }),
        /first/,
      )
      assert.deepEqual(ended, ['carol', 'bob'])
    })
  })

  it('refuses invalid branches, and then runs none', () =>
    inTest(async () => {
      let ran = 0
      const run = (): number => ++ran
      const refused: [unknown, string, RegExp][] = [
        [{ alice: run, dave: run }, 'BATON_DEVICE_UNKNOWN', /parallel\(\) of 'dave'/],
        [{}, 'BATON_BRANCH_USAGE', /found none/],
        [undefined, 'BATON_BRANCH_USAGE', /functions by role/],
        [{ alice: run, bob: 'run' }, 'BATON_BRANCH_USAGE', /'bob': expected a function, found string/],
        [
          [
            ['alice', run],
            ['alice', run],
          ],
          'BATON_BRANCH_USAGE',
          /'alice' twice/,
        ],
      ]
      for (const [branches, code, message] of refused) {
        await assert.rejects(parallel(branches as Record<string, () => void>), { code, message })
      }
      assert.equal(ran, 0)
    }))
})

type Behaviour = 'passes' | 'fails' | 'commands' | 'waits' | 'comes'
const behaviours: Record<Behaviour, (role: string) => Promise<unknown>> = {
  passes: () => tick(2),
  fails: role => fail(role),
  commands: async role => {
    for (let turn = 0; turn < 30; turn++) await command(role)
  },
  waits: () => until('never'),
  comes: () => barrier('all'),
}

/** What a `parallel` of three ends with, or the codes that it may. */
function expected(kinds: readonly Behaviour[]): RegExp | undefined {
  const codes: string[] = []
  if (kinds.includes('fails')) codes.push('Error')
  const atBarrier = kinds.filter(kind => kind === 'comes').length
  if (atBarrier > 0 && kinds.some(kind => kind === 'passes' || kind === 'commands')) codes.push('BATON_BARRIER_BROKEN')
  if (atBarrier > 0 && kinds.includes('fails')) codes.push('BATON_BARRIER_BROKEN')
  if (codes.length === 0 && kinds.includes('waits')) codes.push('BATON_DEADLOCK')
  return codes.length > 0 ? new RegExp(`^(${codes.join('|')})$`) : undefined
}

describe('three branches that each', () => {
  before(() => watchForDeadlocks())
  after(() => stopTrackingActivity())

  const kinds = Object.keys(behaviours) as Behaviour[]
  for (const alice of kinds) {
    it(`${alice}, regardless of the others`, async () => {
      for (const bob of kinds) {
        for (const carol of kinds) {
          const events: ModuleEvent[] = []
          const all = { alice: behaviours[alice], bob: behaviours[bob], carol: behaviours[carol] }
          const orders = Object.entries(all).map(([role, run]) => [role, () => run(role)] as const)
          const result = await inTest(
            () =>
              parallel(orders).then(
                () => undefined,
                (error: { code?: string; name: string }) => error.code ?? error.name,
              ),
            events,
          )
          const what = `${alice}, ${bob}, ${carol}: ${String(result)}`
          const error = expected([alice, bob, carol])
          if (error) assert.match(String(result), error, what)
          else assert.equal(result, undefined, what)
          const ends = events.flatMap(event => (event.type === 'branch:end' ? [event.state] : []))
          assert.equal(ends.length, 3, what)
          assert.equal(
            ends.every(state => state === 'passed'),
            result === undefined,
            what,
          )
        }
      }
    })
  }
})

describe('a branch after another one has failed', () => {
  const stopped = { code: 'BATON_BRANCH_STOPPED' }

  it('is stopped at its next command, useDevice, wait or use of activeDevice, not earlier', () =>
    inTest(async () => {
      const tries: Record<string, () => unknown> = {
        command: () => command('bob'),
        pass: () => useDevice('bob'),
        look: () => act(),
        barrier: () => barrier('all'),
        until: () => until('x'),
        signal: () => signal('x'),
        parallel: () => parallel({ carol: () => 1 }),
        start: () => start('carol', () => 1),
      }
      const refused: string[] = []
      await assert.rejects(
        parallel({
          alice: () => Promise.reject(new Error('down')),
          bob: async () => {
            await command('bob').catch(() => assert.fail('too early'))
            await tick(5)
            for (const [what, attempt] of Object.entries(tries)) {
              await assert.rejects(async () => await attempt(), stopped, what)
              refused.push(what)
            }
          },
        }),
        /down/,
      )
      assert.deepEqual(refused, Object.keys(tries))
    }))

  it('is stopped in its wait, however deep', () =>
    inTest(async () => {
      const seen: unknown[] = []
      await assert.rejects(
        parallel({
          alice: () => fail('down'),
          bob: () =>
            parallel({
              carol: () => until('never').catch((error: unknown) => (seen.push(error), Promise.reject(error as Error))),
            }),
        }),
        /down/,
      )
      assert.equal((seen[0] as { code?: string }).code, 'BATON_BRANCH_STOPPED')
    }))

  it('is stopped even if an interceptor holds its command', () =>
    inTest(async () => {
      let open = (): void => {}
      const opened = new Promise<void>(resolve => (open = resolve))
      let sent = 0
      setCommandInterceptor(async (_: OutgoingCommand, proceed) => {
        await opened
        return await proceed()
      })
      const bob = async (): Promise<void> => {
        await assert.rejects(
          sendCommand({ role: 'bob', command: 'click', args: [] }, () => void sent++),
          stopped,
        )
      }
      try {
        await assert.rejects(parallel({ alice: () => fail('down').finally(() => setTimeout(open, 5)), bob }), /down/)
      } finally {
        setCommandInterceptor(undefined)
      }
      assert.equal(sent, 0)
    }))
})
