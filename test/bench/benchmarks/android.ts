import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { remote } from 'webdriverio'
import { androidDriver } from '../../../drivers/android/android-driver.js'
import type { RunEvent } from '../../../src/event/run-event.js'
import { startAppiumServer } from '../../../src/host/appium/appium-server.js'
import { processesBelow } from '../../e2e/support/processes.js'
import { startPhones, type Phones } from '../../phone/start-phones.js'
import { PhoneFarm } from '../../support/phone-farm.js'
import { chatApp } from '../../support/inject-faults.js'
import { summarize, type Benchmark } from '../benchmark.js'
import { remoteAddress } from '../../support/remote-address.js'
import type { Figure } from '../report.js'

export const android: Benchmark = {
  name: 'android',
  what: 'Simulated phones: what one costs between two modules, beside webdriverio.remote() with a session for each',

  async measure({ quick }) {
    const modules = quick ? 5 : 40
    const cold = await coldStart()
    const baton = await withBaton(modules)
    return [
      cold,
      ...baton.figures,
      ...(await beside(modules, baton.turnaroundMs)),
      ...(await manyAtOnce(quick ? 4 : 20)),
    ]
  },
}

const readsOne = `
import { $ } from '@wdio/globals'
export const devices = { someone: ['platform=android'] }
it('reads', async () => {
  await $('~Your name').getText()
})
`
const filesOf = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}.ts`, readsOne]))

type Ended<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>
const all = <T extends RunEvent['type']>(events: readonly RunEvent[], type: T): Ended<T>[] =>
  events.filter((event): event is Ended<T> => event.type === type)

async function coldStart(): Promise<Figure> {
  const began = performance.now()
  await using farm = await PhoneFarm.start({ phones: 1, provisioned: false, files: {} })
  await farm.untilAll('idle')
  return ms('a host, its Appium and a phone that never saw it, until the phone is idle', [performance.now() - began])
}

async function withBaton(modules: number): Promise<{ turnaroundMs: number; figures: Figure[] }> {
  await using farm = await PhoneFarm.start({ phones: 1, device: { capabilities: chatApp }, files: filesOf(modules) })
  await farm.run('m*.ts').done // workers are warm from here on
  const cli = farm.run('m*.ts')
  const { exitCode, stderr } = await cli.done
  if (exitCode !== 0) throw new Error(stderr)
  const starts = all(cli.events, 'attempt:start')
  const ends = all(cli.events, 'attempt:end').map(({ at }) => at)
  const workMs = all(cli.events, 'test:end').reduce((sum, { durationMs }) => sum + durationMs, 0)
  const loaded = new Map(all(cli.events, 'module:loaded').map(event => [event.lease, event.at]))
  const attach = starts.map(event => (loaded.get(event.lease) ?? event.at) - event.at)
  const turnaroundMs = (Math.max(...ends) - Math.min(...starts.map(({ at }) => at)) - workMs) / modules
  return {
    turnaroundMs,
    figures: [
      ms('Baton: from the start of an attempt until its module is loaded, warm', attach),
      ms("Baton: turnaround a module, the modules' own work left out", [turnaroundMs]),
    ],
  }
}

/** A plain script with a new session for each module, on a phone of the same kind. */
async function beside(modules: number, batonMs: number): Promise<Figure[]> {
  await using phones = await startPhones({ count: 1 })
  const directory = mkdtempSync(path.join(tmpdir(), 'baton-bench-'))
  const env = { ...process.env, ...phones.adbServer?.env }
  const starting = await startAppiumServer({
    driverPackages: [androidDriver.appiumDriver.package],
    logFile: path.join(directory, 'appium.log'),
    env: { ...env, ...(await androidDriver.appiumEnvironment?.({ env, directory })) },
  })
  const appium = await starting.listening
  try {
    const plain = await plainScript(phones, appium.url, modules, {})
    const quickest = await plainScript(phones, appium.url, modules, tuned)
    return [
      ms('webdriverio.remote(): a session opens', plain.opened),
      ms('webdriverio.remote(): turnaround a module', [plain.turnaroundMs]),
      ms('webdriverio.remote() with every flag that saves time: a session opens', quickest.opened),
      ms('webdriverio.remote() with every flag that saves time: turnaround a module', [quickest.turnaroundMs]),
      {
        label: "Baton's turnaround, of the plain script's",
        unit: '%',
        ...summarize([(batonMs / plain.turnaroundMs) * 100]),
        goal: { atMost: 20 },
      },
    ]
  } finally {
    await appium.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

async function plainScript(
  phones: Phones,
  appiumUrl: string,
  modules: number,
  extra: Record<string, unknown>,
): Promise<{ turnaroundMs: number; opened: number[] }> {
  let workMs = 0
  const opened: number[] = []
  const begin = performance.now()
  for (let module = 0; module < modules; module++) {
    const asked = performance.now()
    const browser = await remote({
      ...remoteAddress(appiumUrl),
      logLevel: 'error',
      capabilities: {
        platformName: 'Android',
        'appium:automationName': 'UiAutomator2',
        'appium:udid': phones.phones[0]?.serial ?? '',
        'appium:adbPort': phones.adbPort,
        'appium:suppressKillServer': true,
        ...chatApp,
        ...extra,
      },
    })
    const ready = performance.now()
    opened.push(ready - asked)
    await browser.$('~Your name').getText()
    workMs += performance.now() - ready
    await browser.deleteSession()
  }
  return { turnaroundMs: (performance.now() - begin - workMs) / modules, opened }
}

const tuned = {
  'appium:noReset': true,
  'appium:forceAppLaunch': true,
  'appium:skipServerInstallation': true,
  'appium:skipDeviceInitialization': true,
  'appium:skipUnlock': true,
  'appium:skipLogcatCapture': true,
  'appium:mockLocationApp': '',
}

async function manyAtOnce(phones: number): Promise<Figure[]> {
  const count = phones * 10
  await using farm = await PhoneFarm.start({ phones, device: { capabilities: chatApp }, files: filesOf(count) })
  const started = performance.now()
  const { exitCode, stderr } = await farm.run('m*.ts').done
  if (exitCode !== 0) throw new Error(stderr)
  const took = performance.now() - started
  const [host = ''] = readdirSync(farm.project.temporary).filter(name => name.startsWith('baton-host-'))
  const log = readFileSync(path.join(farm.project.temporary, host, 'appium.log'), 'utf8')
  const opened = log.split('session created successfully').length - 1
  const below = processesBelow(farm.host.pid)
  const pidsOf = (pattern: RegExp): number[] =>
    below.filter(({ command }) => pattern.test(command)).map(({ pid }) => pid)
  const memory = (label: string, pids: readonly number[]): Figure => ({
    label: `memory of ${label}, a phone`,
    unit: 'MB',
    ...summarize([megabytes(pids) / phones]),
  })
  return [
    { label: `${count} modules on ${phones} phones, the whole command`, unit: 'ms', ...summarize([took]) },
    { label: 'sessions opened, a phone', unit: '', ...summarize([opened / phones]), goal: { atMost: 1 } },
    memory('the host', [farm.host.pid]),
    memory('its Appium', pidsOf(/appium-main/)),
    memory("Appium's adb", pidsOf(/platform-tools\/adb/)),
    memory('warm workers', pidsOf(/worker-main/)),
  ]
}

function ms(label: string, samples: readonly number[]): Figure {
  return { label, unit: 'ms', ...summarize(samples) }
}

function megabytes(pids: readonly number[]): number {
  if (pids.length === 0) return 0
  const text = execFileSync('ps', ['-o', 'rss=', '-p', pids.join()], { encoding: 'utf8' })
  return text.split('\n').reduce((sum, line) => sum + Number(line), 0) / 1024
}
