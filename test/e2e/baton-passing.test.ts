import assert from 'node:assert/strict'
import { Project } from './baton-cli.js'
import { RunOutcome } from './run-outcome.js'

const farm = {
  devices: [
    { name: 'alice', driver: 'fake', reset: 'none', labels: ['phone'] },
    { name: 'bob', driver: 'fake', reset: 'none', labels: ['phone', 'lab=berlin'] },
    { name: 'carol', driver: 'fake', reset: 'none', labels: ['tablet'] },
  ],
  setup: ['support/setup.ts'],
}

const support = {
  'support/setup.ts': `
    import { browser, $ } from '@wdio/globals'
    import { activeDevice, onDevice } from 'baton'

    onDevice(async (device, { name, role, labels, platform }) => {
      await $('#note').setValue('note of ' + name)
      console.log('prepared ' + [role, name, platform, device.sessionId !== '', labels.includes('name=' + name)].join(' '))
    })
    browser.addCommand('noteText', async function () { return this.$('#note').getText() })
    browser.addCommand('shout', async function () { return (await this.getText()).toUpperCase() }, true)

    export const mochaHooks = {
      beforeAll() { console.log('root before') },
      beforeEach() { console.log('root beforeEach on ' + activeDevice().name) },
      afterAll() { console.log('root after') },
    }`,
  'support/more-setup.ts': `
    import { onDevice } from 'baton'
    onDevice((_, { name }) => console.log('more for ' + name))
    beforeEach(() => console.log('more beforeEach'))`,
  'pages/notes.ts': `
    import { $ } from '@wdio/globals'
    class Notes { get note() { return $('#note') } }
    export const notes = new Notes()`,
  'steps/leave-note.ts': `
    import { useDevice } from 'baton'
    import { notes } from '../pages/notes.js'
    export async function leaveNote(text: string) {
      await useDevice('bob')
      await notes.note.setValue(text)
    }`,
}

const modules = {
  'modules/forms.ts': `
    import { $, $$, browser, driver, expect } from '@wdio/globals'
    import { activeDevice, useDevice } from 'baton'
    import { notes } from '../pages/notes.js'

    it('passes the baton', async () => {
      const alice = await useDevice('alice')
      await expect(notes.note).toHaveText('note of alice')
      const bob = await useDevice('bob')
      await expect(notes.note).toHaveText('note of bob')
      expect(browser.sessionId).toBe(bob.sessionId)
      expect(driver.sessionId).toBe(bob.sessionId)
      expect(alice.sessionId).not.toBe(bob.sessionId)
      // an element stays on the device that it was found on
      const found = await $('#note').getElement()
      await useDevice('alice')
      expect(await found.getText()).toBe('note of bob')
      expect(await $$('#note').length).toBe(1)
    })
    it('lends the baton', async () => {
      await useDevice('alice')
      const answer = await useDevice('bob', async bob => {
        expect(activeDevice().name).toBe('bob')
        expect(browser.sessionId).toBe(bob.sessionId)
        return 42
      })
      expect(answer).toBe(42)
      expect(activeDevice().name).toBe('alice')
      let thrown
      try { await useDevice('bob', () => { throw new Error('from bob') }) } catch (error) { thrown = error }
      expect(thrown.message).toBe('from bob')
      expect(activeDevice().name).toBe('alice')
      await expect(notes.note).toHaveText('note of alice')
    })
    it('has globals too', async () => {
      await useDevice('bob')
      expect(await globalThis.$('#note').getText()).toBe('note of bob')
    })
    it('tells of the active device', async () => {
      await useDevice('bob')
      const { name, role, labels, platform } = activeDevice()
      expect([name, role, platform]).toEqual(['bob', 'bob', 'fake'])
      expect(labels).toEqual(expect.arrayContaining(['phone', 'lab=berlin', 'platform=fake', 'driver=fake', 'name=bob', 'host=local']))
    })`,
  'modules/helpers.ts': `
    import { $, browser, expect } from '@wdio/globals'
    import { activeDevice, useDevice } from 'baton'
    import { leaveNote } from '../steps/leave-note.js'
    import { notes } from '../pages/notes.js'

    it('goes on where the helper left the baton', async () => {
      await useDevice('alice')
      await leaveNote('left')
      expect(activeDevice().name).toBe('bob')
      await expect(notes.note).toHaveText('left')
    })
    it('has custom commands on every device', async () => {
      await useDevice('alice')
      expect(await browser.noteText()).toBe('note of alice')
      const bob = await useDevice('bob')
      await $('#note').setValue('b')
      expect(await bob.noteText()).toBe('b')
      expect(await $('#note').shout()).toBe('B')
    })`,
  'modules/branches.ts': `
    import { $, expect } from '@wdio/globals'
    import { activeDevice, useDevice } from 'baton'
    const work = async (name: string) => {
      await useDevice(name)
      for (let i = 0; i < 5; i++) {
        await $('#note').setValue(name + i)
        expect(activeDevice().name).toBe(name)
        expect(await $('#note').getText()).toBe(name + i)
      }
    }
    export const devices = { alice: 'alice', bob: 'bob', carol: 'carol' }
    it('each have a baton', async () => {
      await Promise.all([work('alice'), work('bob'), work('carol')])
      await Promise.all(['alice', 'bob', 'carol'].map(name => useDevice(name, async () => {
        expect(await $('#note').getText()).toBe(name + 4)
      })))
    })
    const passes = async () => {
      await useDevice('bob')
      for (let i = 0; i < 6; i++) await $('#note').getText()
    }
    const acts = async () => {
      for (let i = 0; i < 6; i++) await $('#note').getText()
    }
    it('refuses two under one baton', async () => {
      await useDevice('alice')
      await Promise.all([acts(), passes()])
    })
    it('whichever begins', async () => {
      await useDevice('alice')
      await Promise.all([passes(), acts()])
    })`,
  'modules/start.ts': `
    import { expect } from '@wdio/globals'
    import { activeDevice, useDevice } from 'baton'
    export const devices = { carol: 'carol', alice: 'alice', bob: 'bob' }
    it('starts on the first role', () => expect(activeDevice().name).toBe('carol'))
    it('passes', async () => { await useDevice('bob') })
    it('starts on the first role again', () => expect(activeDevice().name).toBe('carol'))
    describe('with a before hook', () => {
      before(async () => { await useDevice('alice') })
      it('starts where it left the baton', async () => {
        expect(activeDevice().name).toBe('alice')
        await useDevice('bob')
      })
      it('again', () => expect(activeDevice().name).toBe('alice'))
      describe('inside', () => {
        beforeEach(async () => { expect(activeDevice().name).toBe('alice'); await useDevice('carol') })
        it('begins where beforeEach left it', () => expect(activeDevice().name).toBe('carol'))
        it('each time', () => expect(activeDevice().name).toBe('carol'))
      })
    })`,
  'modules/none.ts': `
    import { $, expect } from '@wdio/globals'
    import { activeDevice } from 'baton'
    it('gets a device without asking', async () => {
      expect(activeDevice().role).toBe('device')
      await expect($('#note')).toHaveText('note of ' + activeDevice().name)
    })`,
  'modules/too-soon.ts': `
    import { $ } from '@wdio/globals'
    import { useDevice } from 'baton'
    const field = $('#note')
    it('x', () => useDevice('alice'))`,
  'modules/unknown.ts': `
    import { useDevice } from 'baton'
    export const devices = { alice: 'alice' }
    it('x', async () => { await useDevice(['ali', 'cia'].join('')) })`,
  'modules/owned.ts': `
    import { browser } from '@wdio/globals'
    it('ends the session', () => browser.deleteSession())
    it('sends a command after that', () => browser.getPageSource())
    it('opens another', async () => {
      await browser.reloadSession()
      await browser.getPageSource()
    })
    it('debugs', () => browser.debug())
    it('goes on', () => browser.getPageSource())`,
  'modules/late.ts': `
    import { $ } from '@wdio/globals'
    import { onDevice, useDevice } from 'baton'
    it('registers too late', () => onDevice(() => {}))
    it('forgets an await', async () => {
      await useDevice('alice')
      setTimeout(() => void $('#note').getText().catch(() => {}), 20)
    })
    it('is innocent', async () => { await new Promise(resolve => setTimeout(resolve, 100)) })`,
}

describe('switching devices', () => {
  let project: Project
  let run: RunOutcome
  before(async () => {
    project = new Project({ 'devices.json': farm, ...support, ...modules })
    run = new RunOutcome(await project.run(['run', 'modules/*.ts', '--json', '--setup', 'support/more-setup.ts']))
  })
  after(() => project.remove())

  it('works in both forms, with page objects, globals and elements that keep their device', () => {
    const { tests, passes, devices } = run.module('modules/forms.ts')
    assert.deepEqual(tests, {
      'passes the baton': 'passed',
      'lends the baton': 'passed',
      'has globals too': 'passed',
      'tells of the active device': 'passed',
    })
    assert.deepEqual(devices, { alice: 'alice', bob: 'bob' })
    assert.deepEqual(passes.slice(0, 4), ['alice', 'alice', 'bob', 'alice'])
  })

  it('continues on the device that a helper left active; custom commands exist on every device', () => {
    assert.deepEqual(run.module('modules/helpers.ts').tests, {
      'goes on where the helper left the baton': 'passed',
      'has custom commands on every device': 'passed',
    })
  })

  it('runs onDevice for every role, and the root hooks of all setup files, those of devices.json first', () => {
    const { printed } = run.module('modules/forms.ts')
    assert.deepEqual(printed.slice(0, 4).toSorted(), [
      'more for alice',
      'more for bob',
      'prepared alice alice fake true true',
      'prepared bob bob fake true true',
    ])
    const ofTest = ['more beforeEach', 'root beforeEach on alice']
    assert.deepEqual(printed.slice(4), ['root before', ...ofTest, ...ofTest, ...ofTest, ...ofTest, 'root after'])
  })

  it('gives concurrent functions their own device, and refuses two that share one', () => {
    const { tests, failures } = run.module('modules/branches.ts')
    assert.deepEqual(tests, {
      'each have a baton': 'passed',
      'refuses two under one baton': 'failed',
      'whichever begins': 'failed',
    })
    for (const failure of Object.values(failures)) assert.equal(failure.code, 'BATON_SHARED_BATON')
  })

  it('starts each test on the device that `before` left active, else on the first role', () => {
    const { verdict, tests } = run.module('modules/start.ts')
    assert.equal(verdict, 'passed')
    assert.equal(Object.keys(tests).length, 7)
  })

  it('gives any device to a module that names no device', () => {
    const { verdict, devices } = run.module('modules/none.ts')
    assert.equal(verdict, 'passed')
    assert.deepEqual(Object.keys(devices), ['device'])
  })

  it('refuses calls that are too early, too late or name an unknown role, with the line', () => {
    const [tooSoon] = run.module('modules/too-soon.ts').errors
    assert.equal(tooSoon?.code, 'BATON_NO_TEST')
    assert.match(tooSoon?.message ?? '', /^modules\/too-soon\.ts:4:\d+: \$ was used while the module was loading/)

    const unknown = run.module('modules/unknown.ts').failures['x']
    assert.equal(unknown?.code, 'BATON_DEVICE_UNKNOWN')
    assert.match(unknown?.message ?? '', /^modules\/unknown\.ts:4:\d+: useDevice\('alicia'\)/)
    assert.equal(unknown?.hint, "did you mean 'alice'?")

    const late = run.module('modules/late.ts')
    assert.equal(late.failures['registers too late']?.code, 'BATON_TOO_LATE')
    assert.equal(late.failures['forgets an await']?.code, 'BATON_TEST_OVER')
    assert.equal(late.tests['is innocent'], 'passed')
  })

  it('ends and reloads a session for its module, and refuses debug() without --inspect', () => {
    const { tests, failures } = run.module('modules/owned.ts')
    assert.equal(tests['ends the session'], 'passed')
    assert.match(failures['sends a command after that']?.message ?? '', /BATON_SESSION_ENDED/)
    assert.equal(tests['opens another'], 'passed')
    assert.equal(failures['debugs']?.code, 'BATON_DEBUG_REFUSED')
    assert.equal(failures['debugs']?.hint, 'run the module with --inspect')
    assert.equal(tests['goes on'], 'passed')
  })
})
