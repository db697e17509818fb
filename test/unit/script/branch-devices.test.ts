import assert from 'node:assert/strict'
import { setTimeout as tick } from 'node:timers/promises'
import { allDone, parallel, signal, start, until, useDevice } from '../../../src/script/index.js'
import { inTest } from './module-in-process.js'
import { act, command } from './branch-suite.js'

describe('a device in a branch', () => {
  const held = { code: 'BATON_DEVICE_HELD' }

  it('is refused to other branches, with both places', () =>
    inTest(async () => {
      await parallel({
        alice: async () => {
          await assert.rejects(useDevice('bob'), (error: { code: string; message: string; place?: object }) => {
            assert.equal(error.code, 'BATON_DEVICE_HELD')
            assert.match(error.message, /useDevice\('bob'\).*the branch 'bob', started at .*branch-devices\.test/)
            assert.ok(error.place)
            return true
          })
          await assert.rejects(
            useDevice('bob', () => {}),
            held,
          )
          await assert.rejects(command('bob'), held)
          await assert.rejects(parallel({ bob: () => {} }), held)
          assert.throws(() => start('bob', () => {}), held)
          assert.equal(act(), 'alice')
          signal('tried')
        },
        bob: () => until('tried'),
      })
      await useDevice('bob')
      assert.equal(await command('bob'), 'bob')
    }))

  it('can be taken if no branch holds it, until the branch or the callback ends', () =>
    inTest(async () => {
      const order = { taken: false, lent: false }
      await parallel({
        alice: async () => {
          await useDevice('carol')
          order.taken = true
          signal('taken')
          await until('tried')
          assert.equal(act(), 'carol')
        },
        bob: async () => {
          await until('taken')
          await assert.rejects(useDevice('carol'), held)
          signal('tried')
        },
      })
      await parallel({
        alice: async () => {
          await useDevice('carol', () => tick(1))
          signal('given back')
          await tick(5)
        },
        bob: async () => {
          await until('given back')
          await useDevice('carol')
          assert.equal(act(), 'carol')
        },
      })
    }))

  it('is lent by the outer branch', () =>
    inTest(async () => {
      await parallel({
        alice: async () => {
          await parallel({ alice: () => assert.equal(act(), 'alice'), carol: () => assert.equal(act(), 'carol') })
          assert.equal(act(), 'alice')
          await useDevice('carol')
        },
        bob: () => tick(5),
      })
    }))

  it('belongs to it, even if a helper that has called useDevice started it', () =>
    inTest(async () => {
      const helper = async (): Promise<PromiseLike<void>[]> => {
        await tick(1)
        await useDevice('bob')
        return [start('carol', () => tick(5).then(() => assert.equal(act(), 'carol')))]
      }
      const [carol] = await helper()
      assert.equal(act(), 'bob')
      await carol
    }))

  it('belongs to a branch of start while it runs, then to the test again', () =>
    inTest(async () => {
      const alice = start('alice', async () => {
        await until('go')
        assert.equal(act(), 'alice')
      })
      await assert.rejects(command('alice'), held)
      await useDevice('bob')
      const carol = start('carol', async () => {
        // The test goes on with it.
        await assert.rejects(useDevice('bob'), held)
      })
      await tick(2)
      assert.equal(await command('bob'), 'bob')
      signal('go')
      await alice
      await carol
      await useDevice('alice')
      assert.equal(await command('alice'), 'alice')
      await allDone()
    }))
})
