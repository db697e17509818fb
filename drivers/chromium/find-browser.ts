import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { BatonError } from '../../src/error/baton-error.js'

/** A browser and a matching ChromeDriver. */
export interface InstalledBrowser {
  browser: string
  chromedriver: string
  /** `156.0.8078.79` */
  version: string
}

export interface Wanted {
  browser?: string | undefined
  chromedriver?: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

const browserNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const macBrowsers = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]
const hint =
  'install both: on Debian `apt-get install chromium chromium-driver`, on macOS `brew install --cask chromium chromedriver`; ' +
  "or set the device's keys `browser` and `chromedriver`"
/** Deadline for the first start of a browser on a busy machine. Milliseconds. */
const versionMs = 20_000

/**
 * Finds the browser and ChromeDriver, by the device's keys or on the PATH, and checks that their versions match.
 * @throws BatonError BATON_TOOL_MISSING with what to install
 */
export async function findBrowser(wanted: Wanted, env: Environment): Promise<InstalledBrowser> {
  const macOnly = process.platform === 'darwin' ? macBrowsers : []
  const [browser, chromedriver] = await Promise.all([
    findProgram('a browser (Chromium or Chrome)', wanted.browser, [...browserNames, ...macOnly], env),
    findProgram('ChromeDriver', wanted.chromedriver, ['chromedriver'], env),
  ])
  const [version, driverVersion] = await Promise.all([versionOf(browser, env), versionOf(chromedriver, env)])
  if (majorVersion(version) !== majorVersion(driverVersion)) {
    const found = `${browser} is ${version}, ${chromedriver} is ${driverVersion}`
    throw new BatonError('BATON_TOOL_MISSING', `browser and ChromeDriver must have the same major version: ${found}`, {
      hint,
    })
  }
  return { browser, chromedriver, version }
}

/** @returns the path of ChromeDriver, without starting it; undefined if it is missing */
export async function findChromedriver({ chromedriver }: Wanted, env: Environment): Promise<string | undefined> {
  return findProgram('ChromeDriver', chromedriver, ['chromedriver'], env).catch(() => undefined)
}

export function majorVersion(version: string): string {
  return version.split('.')[0] ?? version
}

async function findProgram(
  what: string,
  wanted: string | undefined,
  names: readonly string[],
  env: Environment,
): Promise<string> {
  const folders = (env['PATH'] ?? '').split(delimiter).filter(folder => folder !== '')
  const candidates =
    wanted === undefined
      ? names.flatMap(name => (isAbsolute(name) ? [name] : folders.map(folder => join(folder, name))))
      : [resolve(wanted)]
  for (const candidate of candidates) if (await isExecutable(candidate)) return candidate
  const where = wanted === undefined ? `none of ${names.join(', ')} is on the PATH` : `${wanted} can't be executed`
  throw new BatonError('BATON_TOOL_MISSING', `${what} is missing: ${where}`, { hint })
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

/** A program without a version counts as missing: Ubuntu's `chromium-browser` may only print that a snap is needed. */
async function versionOf(program: string, env: Environment): Promise<string> {
  const { stdout } = await promisify(execFile)(program, ['--version'], { env: { ...env }, timeout: versionMs }).catch(
    (cause: unknown) => {
      throw new BatonError('BATON_TOOL_MISSING', `${program} --version failed: ${String(cause)}`, { hint, cause })
    },
  )
  const version = /\d+\.\d+\.\d+(?:\.\d+)?/.exec(stdout)?.[0]
  if (version !== undefined) return version
  throw new BatonError('BATON_TOOL_MISSING', `${program} --version printed no version but: ${stdout.trim()}`, {
    hint,
  })
}
