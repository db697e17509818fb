/** Webviews of an app on simulated phones: real adb, Appium, UiAutomator2, ChromeDriver and Chromium. */
import assert from 'node:assert/strict'
import path from 'node:path'
import { packageFile } from '../../src/process/package-root.js'
import { startPhones, type Phones } from '../phone/start-phones.js'
import { adbEnvironment } from '../support/phone-farm.js'
import { Project, type RunningCli } from './baton-cli.js'
import { GateKeeper } from './support/gate.js'
import { assertNothingLeft } from './support/processes.js'

const servers = {
  chat: { command: `node ${packageFile('test', 'apps', 'chat', 'server.mjs')}`, ready: '/health' },
}
const hybridApp = { 'appium:appPackage': 'baton.hybrid', 'appium:appActivity': '.MainActivity' }
const sample = packageFile('test', 'android', 'hybrid.ts')

describe('webviews on Android', function () {
  let phones: Phones
  before(async () => {
    phones = await startPhones({ count: 2, hybrid: true })
  })
  after(async () => phones.stop())

  const phone = (name: string, at = 0): object => ({
    name,
    driver: 'android',
    udid: phones.phones[at]?.serial,
    adb: { port: phones.adbPort },
    capabilities: hybridApp,
  })
  const browser = (name: string): object => ({ name, driver: 'chromium', emulate: 'Pixel 7' })

  /** The end of a run: how it ended, and that nothing of it is left. */
  async function ended(project: Project, cli: RunningCli): Promise<number | null> {
    const { exitCode, stderr } = await cli.done
    if (exitCode !== 0 && stderr !== '') console.error(stderr)
    await assertNothingLeft(project)
    assert.equal(await phones.adbServer?.adb('forward', '--list'), '\n')
    return exitCode
  }

  for (const [what, devices] of [
    ['a browser', () => [phone('alice'), browser('bob')]],
    ['another webview', () => [phone('alice'), phone('bob', 1)]],
  ] as const) {
    it(`talk to ${what}`, async () => {
      const project = new Project({ 'devices.json': { devices: devices(), servers } })
      try {
        const cli = project.start(['run', sample, '--json'], adbEnvironment(phones))
        assert.equal(await ended(project, cli), 0, JSON.stringify(cli.events.filter(({ type }) => type === 'test:end')))
      } finally {
        project.remove()
      }
    })
  }

  it('fail the test if their app crashes, and name the crash; the next module starts in the app', async () => {
    const gates = await GateKeeper.start()
    const project = new Project({
      'devices.json': { devices: [phone('alice')], servers },
      'a-crash.ts': inWebview(`
        await fetch(process.env.GATE + '/crash')
        await $('#name').setValue('Alice')`),
      'b-next.ts': inWebview(`await expect($('#name')).toHaveValue('')`),
    })
    try {
      const cli = project.start(['run', 'a-crash.ts', 'b-next.ts', '--json', ...gates.args], adbEnvironment(phones))
      await gates.arrival('crash')
      await phones.phones[0]?.crashApp()
      gates.open('crash')
      assert.equal(await ended(project, cli), 1)
      assert.deepEqual(cli.verdicts, { 'a-crash.ts': ['failed'], 'b-next.ts': ['passed'] })
      const log = cli.events.find(event => event.type === 'artifact' && event.kind === 'device-log')
      assert.match((log?.type === 'artifact' && log.summary) || '', /baton\.hybrid crashed/)
    } finally {
      await gates[Symbol.asyncDispose]()
      project.remove()
    }
  })

  it('fail no test if their phone is lost: the module runs again', async () => {
    const gates = await GateKeeper.start()
    const project = new Project({
      'devices.json': { devices: [phone('alice')], servers },
      'unplug.ts': inWebview(`
        await fetch(process.env.GATE + '/unplug')
        await $('#name').setValue('Alice')`),
    })
    try {
      const cli = project.start(['run', 'unplug.ts', '--json', ...gates.args], adbEnvironment(phones))
      await gates.arrival('unplug')
      await phones.phones[0]?.unplug()
      gates.open('unplug')
      const first = await cli.event('attempt:end')
      await phones.phones[0]?.plug()
      assert.equal(await ended(project, cli), 0)
      assert.equal(first.verdict, 'infrastructure')
      assert.deepEqual(cli.verdicts, { 'unplug.ts': ['passed'] })
    } finally {
      await phones.phones[0]?.plug()
      await gates[Symbol.asyncDispose]()
      project.remove()
    }
  })

  it("are part of a failure's artifacts, which name a missing ChromeDriver", async () => {
    const project = new Project({
      'devices.json': { devices: [phone('alice')], servers },
      'page.ts': inWebview(`
        await $('#name').setValue('Alice')
        throw new Error('on purpose')`),
    })
    try {
      const cli = project.start(['run', 'page.ts'], adbEnvironment(phones))
      assert.equal(await ended(project, cli), 1)
      const artifacts = project.events().flatMap(event => (event.type === 'artifact' ? [event] : []))
      const names = artifacts.map(({ name }) => name)
      assert.deepEqual(names.sort(), ['logcat.txt', 'screenshot.png', 'source.html', 'trace.ndjson'])
      const source = artifacts.find(({ kind }) => kind === 'source')
      assert.match(project.read(path.join('baton-report', 'latest', source?.path ?? '')), /id="join"/)

      await phones.phones[0]?.set({ webViewVersion: '121.0.6167.71' })
      const { stdout, exitCode } = await project.run(['run', 'page.ts'], adbEnvironment(phones))
      assert.equal(exitCode, 1)
      assert.match(stdout, /HINT: put a ChromeDriver of version 121 on the PATH/)
    } finally {
      await phones.phones[0]?.set({ webViewVersion: '' })
      project.remove()
    }
  })
})

/** A module that opens the chat in the app's webview and goes on there. */
function inWebview(steps: string): string {
  return `import { $, browser, expect } from '@wdio/globals'
import { serverUrl, useDevice } from 'baton'
it('is in the page', async () => {
  await useDevice('alice')
  expect(await browser.getContext()).toBe('NATIVE_APP')
  await browser.execute('mobile: deepLink', { url: serverUrl('chat'), package: 'baton.hybrid' })
  await expect($('id=baton.hybrid:id/title')).toHaveText('Chat', { wait: 20_000 })
  await browser.switchContext('WEBVIEW_baton.hybrid')
  ${steps}
})
`
}
