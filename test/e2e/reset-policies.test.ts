import assert from 'node:assert/strict'
import type { RunEvent } from '../../src/event/run-event.js'
import { makeApk } from '../phone/apk/make-apk.js'
import { startPhones } from '../phone/start-phones.js'
import { placeOn } from '../support/installed-app.js'
import { adbEnvironment } from '../support/phone-farm.js'
import { Project } from './baton-cli.js'
import { GateKeeper } from './support/gate.js'

/** What a module finds on its phone: the session that it drives, a name that was typed, and whether the app knows a server. */
const finds = `
  await $('#name').waitForDisplayed()
  const name = await $('#name').getText()
  if (name === 'Your name') await $('#name').setValue('Crusoe')
  await $('#join').click()
  const problem = await $('#problem').getText()
  console.log('found ' + JSON.stringify({ session: browser.sessionId, name, server: problem.includes('no server') ? 'none' : 'known' }))
`
const leaves = `
  await browser.url('http://127.0.0.1:9/?room=island')
  await $('#name').setValue('Robinson')
`
const resetModule = (work: string, gate: string): string => `
import { $, browser } from '@wdio/globals'
it('${gate}', async () => {
  ${work}
  await fetch(process.env.GATE + '/' + process.env.PHONE + '-${gate}')
})
`
const camera = 'android.permission.CAMERA'

describe('between two modules', function () {
  const kept = { name: 'Robinson', server: 'known', sameSession: true, samePlace: true }
  const expected = {
    none: { ...kept, granted: false },
    app: { ...kept, name: 'Your name', server: 'none', granted: true },
    session: { ...kept, name: 'Your name', sameSession: false, granted: true },
    reinstall: { name: 'Your name', server: 'none', sameSession: true, samePlace: false, granted: true },
  }

  it('a phone is reset by its policy, and the app has the requested permissions', async () => {
    const policies = Object.keys(expected) as (keyof typeof expected)[]
    await using phones = await startPhones({ count: policies.length, chat: false })
    await using gates = await GateKeeper.start()
    const devices = policies.map((reset, at) => ({
      name: reset,
      driver: 'android',
      udid: phones.phones[at]?.serial,
      adb: { port: phones.adbPort },
      app: 'chat.apk',
      grantPermissions: reset !== 'none',
      reset,
    }))
    const suites = policies.map(name => ({
      name,
      modules: ['leaves.ts', 'finds.ts'],
      order: 'sequential',
      devices: { device: name },
      env: { PHONE: name },
    }))
    const project = new Project({
      'devices.json': { devices },
      'plan.json': { suites },
      'chat.apk': makeApk({ permissions: [camera, 'android.permission.INTERNET'] }),
      'leaves.ts': resetModule(finds + leaves, 'left'),
      'finds.ts': resetModule(finds, 'found'),
    })
    try {
      const cli = project.start(['run', '--plan', 'plan.json', '--json', ...gates.args], adbEnvironment(phones))
      const seen = await Promise.all(
        policies.map(async (name, at) => {
          const phone = phones.phones[at] ?? assert.fail()
          await Promise.race([gates.arrival(`${name}-left`), cli.done])
          const place = await placeOn(phones, phone)
          gates.open(`${name}-left`)
          await Promise.race([gates.arrival(`${name}-found`), cli.done])
          const samePlace = (await placeOn(phones, phone)) === place
          const packages = await phones.adbServer?.adb('-s', phone.serial, 'shell', 'dumpsys package baton.chat')
          gates.open(`${name}-found`)
          return [name, { samePlace, granted: packages?.includes(`${camera}: granted=true`) }] as const
        }),
      )
      const { exitCode, stderr } = await cli.done
      assert.equal(exitCode, 0, stderr + JSON.stringify(cli.events.filter(({ type }) => type === 'test:end')))
      const found = seen.map(([name, facts]) => {
        const [left, { session, ...here }] = foundBy(cli.events, name)
        return [name, { ...here, ...facts, sameSession: session === left.session }]
      })
      assert.deepEqual(Object.fromEntries(found), expected)
    } finally {
      project.remove()
    }
  })
})

/** What the two modules of a suite have found. */
function foundBy(events: readonly RunEvent[], suite: string): [Finding, Finding] {
  const ids = events.flatMap(event => (event.type === 'run:start' ? event.modules : []))
  const findings = ['leaves.ts', 'finds.ts'].map(file => {
    const id = ids.find(module => module.suite === suite && module.file === file)?.id
    const text = events.flatMap(event => (event.type === 'log' && event.module === id ? event.text : [])).join('')
    return JSON.parse(/found (.*)/.exec(text)?.[1] ?? '{}') as Finding
  })
  return [findings[0] ?? assert.fail(), findings[1] ?? assert.fail()]
}

interface Finding {
  session: string
  name: string
  server: string
}
