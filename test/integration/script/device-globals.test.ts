import assert from 'node:assert/strict'
import { mustPass, outputOf, TestFarm, titlesOf } from './farm.js'

describe('$, browser and expect in a module', () => {
  let farm: TestFarm
  before(async () => {
    farm = await TestFarm.start()
  })
  after(() => farm.close())

  it('have no multiremote, and say what to use instead', async () => {
    const { events } = await farm.run(`
      const { multiRemoteBrowser } = await $baton('@wdio/globals')
      it('an instance', () => browser.getInstance('alice'))
      it('all', () => multiRemoteBrowser.url('/'))`)
    const errors = events.flatMap(event => (event.type === 'test:end' && event.error ? [event.error] : []))
    assert.deepEqual(
      errors.map(({ code }) => code),
      ['BATON_MULTIREMOTE', 'BATON_MULTIREMOTE'],
    )
    for (const { hint, place } of errors) {
      assert.match(hint ?? '', /useDevice/)
      assert.match(place ?? '', /m\d+\.ts:\d/)
    }
  })

  it('use the active device, imported or global', async () => {
    mustPass(
      await farm.run(`
        const text = () => $('#who').getText()
        it('imported', async () => {
          assert.equal(await text(), 'alice')
          const bob = await useDevice('bob')
          assert.equal(await text(), 'bob')
          await expect($('#who')).toHaveText('bob')
          assert.equal(browser.sessionId, bob.sessionId)
          assert.equal(driver.sessionId, bob.sessionId)
          assert.equal(browser.capabilities.app.endsWith('bob.xml'), true)
          await useDevice('alice', async () => assert.equal(await text(), 'alice'))
          assert.equal(await text(), 'bob')
          assert.deepEqual(activeDevice(), { name: 'bob-phone', role: 'bob', labels: ['platform=fake'], platform: 'fake', udid: 'udid-bob' })
        })
        it('global', async () => {
          await useDevice('bob')
          assert.equal(await globalThis.$('#who').getText(), 'bob')
          assert.equal((await globalThis.$$('MockButton')).length, 2)
          assert.equal(globalThis.browser.sessionId, browser.sessionId)
          await globalThis.expect(globalThis.$('#who')).toHaveText('bob')
        })
        it('branches', async () => {
          await Promise.all(['alice', 'bob'].map(async name => {
            await useDevice(name)
            for (let i = 0; i < 5; i++) assert.equal(await text(), name)
          }))
        })
        it('an element keeps its device', async () => {
          const element = await $('#who')
          await useDevice('bob')
          assert.equal(await element.getText(), 'alice')
        })
        it('lists', async () => {
          assert.equal(await $$('MockButton').length, 2)
          assert.deepEqual(await $$('MockButton').map(button => button.getTagName()), ['MockButton', 'MockButton'])
          for await (const button of $$('MockButton')) await button.click()
        })
        it('waits', () => browser.waitUntil(async () => (await text()) === 'alice'))`),
    )
  })

  it('let page objects written for plain WebdriverIO work unchanged', async () => {
    mustPass(
      await farm.run(`
        class Page { get who() { return $('#who') } get input() { return browser.$('#input') } async type(text) { await this.input.setValue(text); return await this.input.getText() } }
        const page = new Page()
        it('works', async () => {
          assert.equal(await page.type('from alice'), 'from alice')
          await useDevice('bob')
          assert.equal(await page.input.getText(), '')
          assert.equal(await page.who.getText(), 'bob')
        })`),
    )
  })

  it('print the session of the active device', async () => {
    mustPass(
      await farm.run(`
        const { inspect } = process.getBuiltinModule('node:util')
        assert.equal(inspect(globalThis.browser), 'Browser {}')
        it('prints', async () => {
          for (const name of ['alice', 'bob']) {
            await useDevice(name)
            assert.equal(inspect({ a: { b: { c: globalThis.browser } } }, { depth: 1 }), '{ a: { b: [Object] } }')
            assert.equal(inspect({ a: globalThis.browser }, { depth: 0 }), '{ a: [Browser] }')
            assert.match(inspect(globalThis.browser, { depth: 0 }), new RegExp("^Browser {\\\\s+sessionId: '" + browser.sessionId + "',\\\\s+capabilities: "))
          }
        })`),
    )
  })

  it('register commands and locators on every role, even while the module loads', async () => {
    mustPass(
      await farm.run(`
        browser.addCommand('whoAmI', async function () { return await this.$('#who').getText() })
        browser.addCommand('shout', async function () { return (await this.getText()).toUpperCase() }, true)
        browser.overwriteCommand('getPageSource', async original => 'source: ' + (await original()).length)
        browser.addLocatorStrategy('mine', () => {})
        it('works on both', async () => {
          for (const name of ['alice', 'bob']) {
            await useDevice(name)
            assert.equal(await browser.whoAmI(), name)
            assert.equal(await $('#who').shout(), name.toUpperCase())
            assert.match(await browser.getPageSource(), /^source: \\d+$/)
          }
        })`),
    )
    // and are gone in the next module of the same worker
    mustPass(await farm.run(`it('is gone', () => assert.equal(browser.whoAmI, undefined))`))
  })

  it('listen on every role if the module listens while it loads, and on the active device in a test', async () => {
    mustPass(
      await farm.run(`
        const seen = []
        browser.on('command', () => seen.push('all')).once('command', () => seen.push('once'))
        browser.on('command', assert.fail).off('command', assert.fail)
        it('hears both', async () => {
          browser.on('command', () => seen.push('alice'))
          await browser.getPageSource()
          await useDevice('bob')
          await browser.getPageSource()
          await browser.getPageSource()
          assert.deepEqual(seen, ['all', 'once', 'alice', 'all', 'once', 'all'])
        })`),
    )
  })

  it('are refused while the module loads, with their place', async () => {
    for (const use of ["$('#x')", 'browser.url("x")', "useDevice('alice').catch(e => { throw e })", 'activeDevice()']) {
      const { report } = await farm.run(`await ${use}\nit('never runs', () => {})`)
      assert.equal(report.verdict, 'failed')
      assert.equal(report.error?.code, 'BATON_NO_TEST', JSON.stringify(report))
      assert.match(report.error.message, /m\d+\.ts:4:\d+: /)
    }
  })

  it('have flags, options and capabilities while the module loads, as far as all roles agree', async () => {
    mustPass(
      await farm.run(`
        const { capabilities } = browser
        const loaded = {
          flags: [browser.isBidi, driver.isMobile],
          wait: browser.options.waitforTimeout,
          same: browser.options.waitforTimeout === driver.options.waitforTimeout,
          platform: capabilities.platformName,
          missing: capabilities['no:such'],
          keys: Object.keys(capabilities).includes('platformName'),
        }
        for (const name of ['alice', 'bob']) {
          describe('on ' + name, () => {
            if (loaded.platform) it('finds the same', async () => {
              await useDevice(name)
              assert.deepEqual(loaded, {
                flags: [browser.isBidi, driver.isMobile],
                wait: browser.options.waitforTimeout,
                same: true,
                platform: browser.capabilities.platformName,
                missing: undefined,
                keys: true,
              })
            })
          })
        }`),
    )
  })

  it('take options for every role while the module loads', async () => {
    mustPass(
      await farm.run(`
        browser.options.waitforTimeout = 1234
        const { options } = browser
        options.own = { deep: [1] }
        assert.ok(Object.keys(options).includes('own'))
        delete driver.options.waitforInterval
        const read = [browser.options.waitforTimeout, browser.options.own.deep[0], browser.options.waitforInterval]
        for (const name of ['alice', 'bob'])
          it('finds them on ' + name, async () => {
            await useDevice(name)
            const { waitforTimeout, own, waitforInterval } = browser.options
            assert.deepEqual([waitforTimeout, own.deep[0], waitforInterval], read)
            assert.deepEqual(read, [1234, 1, undefined])
          })`),
    )
  })

  it('refuse what differs between the roles while the module loads, and name them', async () => {
    const { report } = await farm.run(`const id = browser.sessionId\nit('never runs', () => {})`)
    assert.equal(report.verdict, 'failed')
    assert.equal(report.error?.code, 'BATON_ROLES_DIFFER')
    assert.match(
      report.error.message,
      /m\d+\.ts:4:\d+: browser\.sessionId was read .* 'alice' has '.+', 'bob' has '.+'/,
    )
  })

  it('can be printed and awaited while the module loads', async () => {
    mustPass(await farm.run(`console.log(String(await browser === undefined)); it('runs', () => {})`))
  })

  it('run onDevice for each role before the tests', async () => {
    const result = await farm.run(`
      onDevice(async (own, device) => {
        console.log(device.role, device.name, await $('#who').getText(), own.sessionId === browser.sessionId)
      })
      it('is too late here', () => assert.throws(() => onDevice(() => {}), { code: 'BATON_TOO_LATE' }))`)
    mustPass(result)
    assert.match(outputOf(result), /alice alice-phone alice true/)
    assert.match(outputOf(result), /bob bob-phone bob true/)
    const failed = await farm.run(
      `onDevice((_, { role }) => { throw new Error('not ' + role) }); it('never runs', () => {})`,
    )
    assert.equal(failed.report.verdict, 'failed')
    assert.match(failed.report.error?.message ?? '', /^not (alice|bob)$/)
    assert.deepEqual(titlesOf(failed), [])
  })

  it('refuse browser.debug() without --inspect', async () => {
    const result = await farm.run(`
      it('debugs', () => browser.debug())
      it('goes on', async () => assert.equal(await $('#who').getText(), 'alice'))`)
    const codes = result.events.flatMap(event => (event.type === 'test:end' && event.error ? [event.error.code] : []))
    assert.deepEqual(codes, ['BATON_DEBUG_REFUSED'])
    assert.deepEqual(titlesOf(result, 'passed'), ['goes on'])
  })

  it('have the servers of the run', async () => {
    mustPass(
      await farm.run(`it('knows', () => assert.equal(serverUrl('chat'), 'http://127.0.0.1:5'))`, {
        servers: { chat: 'http://127.0.0.1:5' },
      }),
    )
  })
})
