import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { DeviceEntry } from '../../src/device/device-entry.js'
import type { Diagnosis } from '../../src/device/driver/diagnosis.js'
import type { DriverContext } from '../../src/device/driver/driver.js'
import { BatonError } from '../../src/error/baton-error.js'
import { errorMessage } from '../../src/error/error-text.js'
import { chromiumKeys, type ChromiumKeys } from './chromium-keys.js'
import { findBrowser, type InstalledBrowser } from './find-browser.js'
import { displayProblem } from './display.js'
import { isConfined } from './sandbox.js'

type Environment = DriverContext['env']

/** Deadline for a page on a busy machine. Milliseconds. */
const startMs = 60_000

/** Browser and ChromeDriver of each device, whether the browser starts here, and the display. */
export async function diagnoseChromium(entries: readonly DeviceEntry[], env: Environment): Promise<Diagnosis[]> {
  // A foreign Appium server has the browsers on its own machine.
  const declared = entries.filter(entry => !entry.appium).map(({ own }) => chromiumKeys.parse(own))
  const wanted = declared.length > 0 ? declared : [chromiumKeys.parse({})]
  const pairs = new Map(wanted.map(keys => [JSON.stringify([keys.browser, keys.chromedriver]), keys]))
  const browsers = await Promise.all([...pairs.values()].map(keys => diagnoseBrowser(keys, env)))
  return [...browsers.flat(), diagnoseDisplay(declared, env)]
}

async function diagnoseBrowser(keys: ChromiumKeys, env: Environment): Promise<Diagnosis[]> {
  try {
    const installed = await findBrowser(keys, env)
    const { browser, chromedriver, version } = installed
    const pair = { name: 'browser', state: 'ok', found: `${browser} ${version}, with ${chromedriver}` } as const
    return [pair, await diagnoseSandbox(installed, keys, env)]
  } catch (error) {
    const fix = error instanceof BatonError ? error.hint : undefined
    return [{ name: 'browser', state: 'problem', found: errorMessage(error), ...(fix !== undefined && { fix }) }]
  }
}

/** Opens an empty page, with the sandbox if devices get one. */
async function diagnoseSandbox(
  { browser }: InstalledBrowser,
  keys: ChromiumKeys,
  env: Environment,
): Promise<Diagnosis> {
  const sandbox = keys.sandbox ?? !(await isConfined())
  const problem = await startProblem(browser, sandbox ? [] : ['--no-sandbox', '--disable-dev-shm-usage'], env)
  if (problem === undefined) {
    const off = keys.sandbox === false ? 'as devices.json sets' : 'for root or in a container'
    return { name: 'sandbox', state: sandbox ? 'ok' : 'unused', found: sandbox ? 'on' : `off, ${off}` }
  }
  const fix = /sandbox/i.test(problem)
    ? 'allow it: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0; or, if you trust all pages, set "sandbox": false for the device'
    : `start it to see why: ${browser} --headless --dump-dom about:blank`
  return { name: 'sandbox', state: 'problem', found: `the browser does not start: ${problem}`, fix }
}

/** @returns the browser's own words; undefined if it starts */
async function startProblem(browser: string, args: readonly string[], env: Environment): Promise<string | undefined> {
  const profile = await mkdtemp(join(tmpdir(), 'baton-doctor-'))
  const page = ['--headless=new', '--no-first-run', `--user-data-dir=${profile}`, '--dump-dom', 'about:blank']
  try {
    await promisify(execFile)(browser, [...args, ...page], { env: { ...env }, timeout: startMs, killSignal: 'SIGKILL' })
    return undefined
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string }
    const lines = stderr.split('\n').filter(line => line.trim() !== '')
    return lines.find(line => /sandbox|error while loading|FATAL/i.test(line)) ?? lines.at(-1) ?? errorMessage(error)
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}

function diagnoseDisplay(declared: readonly ChromiumKeys[], env: Environment): Diagnosis {
  const problem = displayProblem(env, process.platform)
  const isNeeded = declared.some(({ headless }) => headless === false)
  if (!problem) return { name: 'display', state: 'ok', found: env['DISPLAY'] ?? env['WAYLAND_DISPLAY'] ?? 'there' }
  if (!isNeeded) return { name: 'display', state: 'unused', found: 'none; only "headless": false needs one' }
  return { name: 'display', state: 'problem', ...problem }
}
