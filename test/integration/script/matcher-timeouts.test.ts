import assert from 'node:assert/strict'
import { mustPass, outputOf, TestFarm } from './farm.js'

describe('the timeout of matchers', () => {
  let farm: TestFarm
  before(async () => {
    farm = await TestFarm.start({ size: 1 })
  })
  after(() => farm.close())

  const wdio = `const { getDefaultOptions, setOptions } = await $baton('expect-webdriverio');`

  it("is the active device's waitforTimeout, even beyond the 2 s of a plain expect", async () => {
    const result = await farm.run(
      `it('waits', async () => {
        const visibleAt = Date.now() + 2_500
        browser.overwriteCommand('isExisting', async () => Date.now() > visibleAt, true)
        await expect($('#late')).toExist()
      })`,
      { roles: [farm.role('alice', { waitforTimeout: 25_000 }), farm.role('bob')] },
    )
    mustPass(result)
  })

  it('is that of each device, even in branches', async () => {
    const result = await farm.run(
      `${wdio}
      const now = () => [getDefaultOptions().wait, getDefaultOptions().interval].join(' ')
      it('differs', async () => {
        console.log('first', now())
        await useDevice('bob')
        console.log('second', now())
        await parallel({
          alice: async () => { await barrier('both'); console.log('in alice', now()) },
          bob: async () => { await barrier('both'); console.log('in bob', now()) },
        })
      })`,
      {
        roles: [
          farm.role('alice', { waitforTimeout: 1_100, waitforInterval: 11 }),
          farm.role('bob', { waitforTimeout: 2_200, waitforInterval: 22 }),
        ],
      },
    )
    mustPass(result)
    const lines = outputOf(result).split('\n').filter(Boolean)
    assert.deepEqual(lines.toSorted(), ['first 1100 11', 'in alice 1100 11', 'in bob 2200 22', 'second 2200 22'])
  })

  it('is not changed by what a spec writes into browser.options, as with wdio run', async () => {
    const result = await farm.run(
      `${wdio}
      it('keeps', async () => {
        browser.options.waitforTimeout = 3
        console.log(getDefaultOptions().wait, getDefaultOptions().interval, browser.options.waitforTimeout)
      })`,
      { roles: [farm.role('alice', { waitforTimeout: 1_100, waitforInterval: 11 }), farm.role('bob')] },
    )
    mustPass(result)
    assert.equal(outputOf(result).trim(), '1100 11 3')
  })

  it('is what a module sets, and does not affect the next module', async () => {
    const roles = [farm.role('alice', { waitforTimeout: 700 }), farm.role('bob')]
    const code = (set: string): string =>
      `${wdio}
      const lists = globalThis[Symbol.for('expect-webdriverio.constants@6')].defaultOptionsList
      it('sets', async () => {
        ${set}
        console.log(lists.map(({ wait }) => wait).join(' '))
      })`
    const first = await farm.run(code('setOptions({ wait: 42 })'), { roles })
    const second = await farm.run(code(''), { roles })
    assert.deepEqual([outputOf(first).trim(), outputOf(second).trim()], ['42 42', '700 700'])
  })
})
