import assert from 'node:assert/strict'
import type { ModuleEvent } from '../../../src/event/run-event.js'
import type { RoleSession } from '../../../src/script/worker-messages.js'
import { mustPass, outputOf, TestFarm, type Result } from './farm.js'

type TestEnd = Extract<ModuleEvent, { type: 'test:end' }>

/** As bundles have it: a module that doesn't mention them isn't watched. */
const watched = 'void baton.parallel\n'

/** Whoever waits for this lets a branch come to be where it stays: to look its element up first is another command. */
const thirdCommandOf = `
function thirdCommandOf(browser) {
  let sent = 0
  return new Promise(resolve => browser.on('command', () => void (++sent === 3 && resolve())))
}
`

function endOf(result: Result, title: string): TestEnd {
  const end = result.events.find(event => event.type === 'test:end' && event.title.at(-1) === title)
  assert.ok(end?.type === 'test:end', title)
  return end
}

describe('devices together', () => {
  let farm: TestFarm
  before(async () => {
    farm = await TestFarm.start({}, ['alice', 'bob', 'carol'])
  })
  after(() => farm.close())
  /** Of which no wait ends by itself before a test is over. */
  const patient = (): RoleSession[] => ['alice', 'bob'].map(role => farm.role(role, { waitforTimeout: 20_000 }))

  it('give each branch its own device, and return values by role or in order', async () => {
    mustPass(
      await farm.run(`${watched}
        const text = () => $('#who').getText()
        const helper = async name => {
          for (let turn = 0; turn < 5; turn++) {
            assert.equal(await text(), name)
            await expect($('#who')).toHaveText(name)
            assert.equal(activeDevice().role, name)
          }
          return name
        }
        it('by role', async () => {
          await useDevice('carol')
          const values = await parallel({
            alice: async own => { assert.equal(own.sessionId, browser.sessionId); signal('go', 1); await barrier('all'); return helper('alice') },
            bob: async () => { assert.equal(await until('go'), 1); await barrier('all'); return helper('bob') },
          })
          assert.deepEqual(values, { alice: 'alice', bob: 'bob' })
          assert.equal(await text(), 'carol')
        })
        it('in order', async () => {
          const names = ['carol', 'alice']
          assert.deepEqual(await parallel(names.map(name => [name, () => helper(name)])), names)
        })
        it('with handles', async () => {
          const bob = start('bob', () => helper('bob'))
          start('carol', () => helper('carol'))
          assert.equal(await text(), 'alice')
          assert.equal(await bob, 'bob')
          await allDone()
        })`),
    )
  })

  it('report the device of a failure, and the line of each other branch', async () => {
    const result = await farm.run(`${watched}
        it('fails', async () => {
          await parallel({
            alice: async () => {
              await until('found')
              await expect($('#who')).toHaveText('nobody', { wait: 0 })
            },
            bob: async () => {
              await until('never')
            },
            carol: async () => {
              const who = await $('#who').getElement()
              signal('found')
              for (;;) {
                await who.getText()
              }
            },
          })
        })`)
    const { error, branches } = endOf(result, 'fails')
    assert.equal(error?.device, 'alice-phone')
    assert.match(error.message, /nobody/)
    assert.deepEqual(
      branches?.map(({ branch, doing, place }) => [branch, doing, place?.replace(/^.*m\d+\.ts:(\d+):\d+$/, '$1')]),
      [
        ['bob', "waits for signal 'never'", '13'],
        ['carol', 'in getText', '19'],
      ],
    )
  })

  it('report a command as the user called it, with its line, even inside a wait', async () => {
    const acts = {
      waitForExist: `$('#missing').click()`,
      getTitle: `browser.waitUntil(async () => { await browser.getTitle(); return false })`,
      toHaveText: `expect($('#who')).toHaveText('nobody', { wait: 20000 })`,
    }
    const tests = Object.entries(acts).map(
      ([title, act]) => `
        it('${title}', async () => { const underWay = thirdCommandOf(await useDevice('alice')); await parallel({
          alice: async () => {
            for (;;)
              await ${act}
          },
          bob: async () => { await underWay; throw new Error('bob breaks') },
        }) })`,
    )
    const result = await farm.run(`${watched}${tests.join('')}${thirdCommandOf}`, { roles: patient() })
    for (const [index, title] of Object.keys(acts).entries()) {
      const [alice] = endOf(result, title).branches ?? []
      assert.equal(
        `${alice?.doing} ${alice?.place?.replace(/^.*m\d+\.ts:(\d+):\d+$/, '$1')}`,
        `in ${title} ${9 + index * 7}`,
      )
    }
  })

  it('report a command that a function only returns', async () => {
    const acts = {
      $: `$('#missing').click()`,
      toHaveText: `expect($('#who')).toHaveText('nobody', { wait: 20000 })`,
    }
    const tests = Object.entries(acts).map(
      ([title, act]) => `
        it('${title}', async () => { const underWay = thirdCommandOf(await useDevice('alice')); await parallel({
          alice: () => ${act},
          bob: async () => { await underWay; throw new Error('bob breaks') },
        }) })`,
    )
    const result = await farm.run(`${watched}${tests.join('')}${thirdCommandOf}`, { roles: patient() })
    for (const [index, title] of Object.keys(acts).entries()) {
      const [alice] = endOf(result, title).branches ?? []
      const line = alice?.place?.replace(/^.*m\d+\.ts:(\d+):\d+$/, '$1')
      assert.deepEqual([alice?.doing, line], [`in ${title}`, String(7 + index * 4)])
    }
  })

  it("end WebdriverIO's waits when a branch fails, long before their timeout", async () => {
    const waits = {
      'an element': `$('#missing').waitForExist({ timeout: 20000 })`,
      'what is shown': `$('#missing').waitForDisplayed({ timeout: 20000 })`,
      'a condition': `browser.waitUntil(async () => (await $('#who').getText()) === 'nobody', { timeout: 20000 })`,
      'a condition of an element': `$('#who').waitUntil(async function () { return (await this.getText()) === 'nobody' }, { timeout: 20000 })`,
      'before a click': `$('#missing').click()`,
      'a matcher': `expect($('#who')).toHaveText('nobody', { wait: 20000 })`,
      'a matcher of what is missing': `expect($('#missing')).not.toExist({ wait: 20000, interval: 1 }).then(() => expect($('#missing')).toHaveText('nobody', { wait: 20000 }))`,
      'a matcher of a browser': `expect(globalThis.driver).toHaveTitle('nobody', { wait: 20000 })`,
      'a matcher of the browser': `expect(browser).toHaveTitle('nobody', { wait: 20000 })`,
      'a matcher in a loop': `(async () => { for (;;) await expect($('#who')).toHaveText('bob', { wait: 20000 }) })()`,
    }
    const tests = Object.entries(waits).map(
      ([title, wait]) => `
        it('${title}', () => parallel({
          alice: async () => { await new Promise(resolve => setTimeout(resolve, 300)); throw new Error('alice breaks') },
          bob: async () => { await ${wait} },
        }))`,
    )
    const result = await farm.run(`${watched}${tests.join('')}`, { roles: patient(), mocha: { timeoutMs: 15_000 } })
    for (const title of Object.keys(waits)) {
      const { error, durationMs } = endOf(result, title)
      assert.equal(error?.message, 'alice breaks', title)
      assert.ok(durationMs < 10_000, `${title} took ${durationMs} ms`)
    }
    const ends = result.events.filter(event => event.type === 'branch:end' && event.branch === 'bob')
    assert.deepEqual(
      ends.map(event => 'state' in event && event.state),
      Object.keys(waits).map(() => 'stopped'),
    )
  })

  it('leave nothing behind after a stopped matcher', async () => {
    const sources = ['1', '2'].map(
      run => `${watched}
        it('fails', () => parallel({
          alice: async () => { await $('#who').getText(); throw new Error('alice breaks') },
          bob: () => expect($('#who')).toHaveText('nobody', { wait: 20000 }),
        }))
        after(() => console.log('run ${run}', process.pid))`,
    )
    const results = []
    for (const source of sources) results.push(outputOf(await farm.run(source)))
    const [first, second] = results.map(output => /run \d (\d+)/.exec(output)?.[1])
    assert.equal(first, second, 'the worker is used again')
  })

  it('report where each branch is at a timeout, and stop all', async () => {
    const result = await farm.run(
      `${watched}
        let commands = 0
        it('hangs', async function () {
          this.timeout(400)
          await parallel({
            alice: () => barrier('both'),
            bob: async () => {
              for (;;) {
                await $('#who').getText()
                commands++
              }
            },
          })
        })
        it('next', async () => {
          const before = commands
          await parallel({ alice: () => $('#who').getText(), bob: () => $('#who').getText() })
          assert.equal(commands, before)
        })`,
    )
    const { error, branches } = endOf(result, 'hangs')
    assert.match(error?.message ?? '', /Timeout of 400ms/)
    assert.deepEqual(
      branches?.map(({ branch, doing, place }) => [
        branch,
        doing.replace(/^in (\$|findElement|getText|getElementText)$/, 'in a command'),
        place?.replace(/^.*m\d+\.ts:(\d+):\d+$/, '$1'),
      ]),
      [
        ['alice', "waits at barrier 'both' for bob", '10'],
        ['bob', 'in a command', '13'],
      ],
    )
    assert.equal(endOf(result, 'next').state, 'passed', JSON.stringify(endOf(result, 'next')))
  })

  it('detect a deadlock after all kinds of commands, without waiting for the timeout', async () => {
    const result = await farm.run(
      `${watched}
        const busy = async name => {
          await expect($('#who')).toHaveText(name)
          await browser.waitUntil(async () => (await $('#who').getText()) === name)
          await $('#missing').waitForExist({ timeout: 50, reverse: true })
          await $$('MockButton').map(button => button.getTagName())
          await $('#input').setValue('x')
          for await (const button of $$('MockButton')) await button.click()
          await browser.pause(5)
        }
        before(() => busy('alice'))
        it('is stuck', async () => {
          await busy('alice')
          await parallel({
            alice: async () => { await busy('alice'); await until('bob') },
            bob: async () => { await busy('bob'); await barrier('both') },
          })
        })`,
      { mocha: { timeoutMs: 40_000 } },
    )
    const { error, durationMs } = endOf(result, 'is stuck')
    assert.equal(error?.code, 'BATON_DEADLOCK', JSON.stringify(error))
    assert.match(
      error.message,
      /alice +waits for signal 'bob' \(.*m\d+\.ts:19:\d+\)\n +bob +waits at barrier 'both' for alice \(.*:20:\d+\)/,
    )
    assert.ok(durationMs < 30_000)
  })
})

describe('fifty branches', () => {
  const roles = Array.from({ length: 50 }, (_, index) => `d${index}`)
  let farm: TestFarm
  before(async () => {
    farm = await TestFarm.start({}, roles)
  })
  after(() => farm.close())

  it("never act on each other's device in any interleaving", async () => {
    mustPass(
      await farm.run(
        `${watched}
        const tick = ms => new Promise(resolve => setTimeout(resolve, ms))
        it('reads its own', async () => {
          const read = async (name, turn) => {
            if (turn % 3 === 0) await tick(turn % 7)
            if (turn % 3 === 1) await null
            assert.equal(await $('#who').getText(), name)
            assert.equal(activeDevice().role, name)
          }
          await parallel(${JSON.stringify(roles)}.map((name, index) => [name, async () => {
            for (let turn = 0; turn < 4; turn++) {
              await read(name, index + turn)
              if (turn === 1) await barrier('all')
            }
          }]))
        })`,
        { mocha: { timeoutMs: 30_000 } },
      ),
    )
  })
})
