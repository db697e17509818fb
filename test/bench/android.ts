// What a phone costs between two modules, beside a plain script that opens a session for each with webdriverio.remote(), on
// the same simulated phones in the same run; and 20 phones with 200 modules on one host:
// `node dist/test/bench/android.js [MODULES] [PHONES]`. Goal: the turnaround, the modules' own work left out, is at most a
// fifth of the plain script's, and no session is opened but the first of each phone.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { remote } from 'webdriverio'
import { androidDriver } from '../../drivers/android/android-driver.js'
import type { RunEvent } from '../../src/event/run-event.js'
import { startAppium } from '../../src/host/appium-server.js'
import { processesBelow } from '../e2e/support/processes.js'
import { startPhones, type Phones } from '../phone/start-phones.js'
import { PhoneFarm } from '../support/phone-farm.js'
import { chatApp } from '../support/pull-knobs.js'

const modules = Number(process.argv[2] ?? 40)
const manyPhones = Number(process.argv[3] ?? 20)
const say = (text: string): void => void process.stdout.write(`${text}\n`)
const perModule = (totalMs: number, workMs: number): number => (totalMs - workMs) / modules

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

async function withBaton(): Promise<number> {
  await using farm = await PhoneFarm.start({ phones: 1, device: { capabilities: chatApp }, files: filesOf(modules) })
  await farm.run('m*.ts').done // workers are warm from here on
  const cli = farm.run('m*.ts')
  const { exitCode, stderr } = await cli.done
  if (exitCode !== 0) throw new Error(stderr)
  const starts = all(cli.events, 'attempt:start').map(({ at }) => at)
  const ends = all(cli.events, 'attempt:end').map(({ at }) => at)
  const workMs = all(cli.events, 'test:end').reduce((sum, { durationMs }) => sum + durationMs, 0)
  const loaded = new Map(all(cli.events, 'module:loaded').map(event => [event.lease, event.at]))
  const attach = all(cli.events, 'attempt:start').map(event => (loaded.get(event.lease) ?? event.at) - event.at)
  say(`Baton: warm attach and load ${median(attach)} ms (median of ${attach.length})`)
  return perModule(Math.max(...ends) - Math.min(...starts), workMs)
}

async function plain(
  phones: Phones,
  port: number,
  extra: Record<string, unknown>,
): Promise<[ms: number, open: number]> {
  let workMs = 0
  const opened: number[] = []
  const begin = performance.now()
  for (let module = 0; module < modules; module++) {
    const asked = performance.now()
    const browser = await remote({
      hostname: '127.0.0.1',
      port,
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
  return [perModule(performance.now() - begin, workMs), median(opened)]
}

async function comparePlain(batonMs: number): Promise<void> {
  await using phones = await startPhones({ count: 1 })
  const directory = mkdtempSync(path.join(tmpdir(), 'baton-bench-'))
  const env = { ...process.env, ...phones.adbServer?.env }
  const starting = await startAppium({
    driverPackages: [androidDriver.appiumDriver.package],
    logFile: path.join(directory, 'appium.log'),
    env: { ...env, ...(await androidDriver.appiumEnvironment?.({ env, directory })) },
  })
  const appium = await starting.listening
  try {
    const port = Number(new URL(appium.url).port)
    for (const [name, extra] of [
      ['as it comes', {}],
      ['with every flag that saves time', tuned],
    ] as const) {
      const [ms, open] = await plain(phones, port, extra)
      say(`webdriverio.remote() ${name}: session ${open.toFixed(0)} ms, turnaround ${ms.toFixed(0)} ms a module`)
      say(`  Baton's ${batonMs.toFixed(0)} ms is 1/${(ms / batonMs).toFixed(1)} of it`)
    }
  } finally {
    await appium.stop()
    rmSync(directory, { recursive: true, force: true })
  }
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

async function manyAtOnce(): Promise<void> {
  const count = manyPhones * 10
  const began = performance.now()
  await using farm = await PhoneFarm.start({
    phones: manyPhones,
    device: { capabilities: chatApp },
    files: filesOf(count),
  })
  say(`${manyPhones} phones were ready ${(performance.now() - began).toFixed(0)} ms after they were switched on`)
  const started = performance.now()
  const cli = farm.run('m*.ts')
  const { exitCode, stderr } = await cli.done
  if (exitCode !== 0) throw new Error(stderr)
  say(`${count} modules in ${(performance.now() - started).toFixed(0)} ms`)
  const [host = ''] = readdirSync(farm.project.temporary).filter(name => name.startsWith('baton-host-'))
  const log = readFileSync(path.join(farm.project.temporary, host, 'appium.log'), 'utf8')
  const opened = log.split('session created successfully').length - 1
  say(`sessions opened: ${opened} on ${manyPhones} phones`)
  const below = processesBelow(farm.host.pid)
  const pidsOf = (pattern: RegExp): number[] =>
    below.filter(({ command }) => pattern.test(command)).map(({ pid }) => pid)
  const parts = {
    host: [farm.host.pid],
    Appium: pidsOf(/appium-main/),
    'adb of Appium': pidsOf(/platform-tools\/adb/),
    'warm workers': pidsOf(/worker-main/),
  }
  for (const [name, pids] of Object.entries(parts)) {
    say(`memory, ${name}: ${(megabytes(pids) / manyPhones).toFixed(1)} MB a phone, ${pids.length} processes`)
  }
}

async function coldSession(): Promise<void> {
  const began = performance.now()
  await using farm = await PhoneFarm.start({ phones: 1, provisioned: false, files: {} })
  await farm.untilAll('idle')
  say(`a host with one phone that never saw Appium: ready after ${(performance.now() - began).toFixed(0)} ms`)
}

function megabytes(pids: readonly number[]): number {
  if (pids.length === 0) return 0
  const text = execFileSync('ps', ['-o', 'rss=', '-p', pids.join()], { encoding: 'utf8' })
  return text.split('\n').reduce((sum, line) => sum + Number(line), 0) / 1024
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

await coldSession()
const batonMs = await withBaton()
say(`Baton: turnaround ${batonMs.toFixed(0)} ms a module, over ${modules} modules on one phone`)
await comparePlain(batonMs)
await manyAtOnce()
