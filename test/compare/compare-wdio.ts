import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { findBrowser } from '../../drivers/chromium/find-browser.js'
import { packageFile } from '../../src/process/package-root.js'
import { readWdioConfig } from '../../src/run/wdio-config/read-wdio-config.js'
import { compareTests, formatComparison, messageKind, type ObservedTest } from './observed-test.js'
import { runBaton, withoutCi } from './run-baton.js'

export interface WdioComparison {
  /** Of the project; absolute. */
  folder: string
  /** Relative to the folder; default: the first `wdio.conf.*` in it. */
  config: string | undefined
  /** Instead of the specs of the configuration. */
  specs: readonly string[]
  /** Names of variables that modules need. */
  env: readonly string[]
  /** Show all tests, not only those that differ. */
  all: boolean
}

/** Runs a project with its own `wdio run` and with Baton, on the same Chromium. @returns whether all tests agree */
export async function compareWdio(comparison: WdioComparison): Promise<boolean> {
  const { folder, all } = comparison
  const config = findConfig(comparison)
  const temporary = await mkdtemp(path.join(tmpdir(), 'baton-compare-'))
  const wrapper = path.join(
    path.dirname(config),
    `.baton-compare-${process.pid}.conf.${config.endsWith('ts') ? 'ts' : 'mjs'}`,
  )
  const output = path.join(temporary, 'wdio.ndjson')
  try {
    const capabilities = await capabilitiesFor(config, folder)
    await writeFile(wrapper, wrapperText({ config, capabilities, output, comparison }))
    await runWdio(wrapper, folder)
    const theirs = await readTests(output)
    const devices = path.join(temporary, 'devices.json')
    await writeFile(devices, JSON.stringify({ devices: [deviceEntry(capabilities)] }))
    const env = comparison.env.flatMap(name => ['--env', name])
    const report = ['--output', path.join(temporary, 'report')]
    const ours = await runBaton(['--wdio-config', wrapper, '--devices', devices, ...env, ...report], folder)
    if (ours.tests.length === 0) process.stderr.write(ours.stderr)
    const compared = compareTests(theirs, ours.tests, messageKind)
    process.stdout.write(`${formatComparison(compared, { names: ['wdio ', 'baton'], all })}\n`)
    return compared.every(({ agrees }) => agrees)
  } finally {
    await rm(wrapper, { force: true })
    await rm(temporary, { recursive: true, force: true })
  }
}

function findConfig({ folder, config }: WdioComparison): string {
  const names = config === undefined ? ['ts', 'js', 'mjs', 'cjs'].map(end => `wdio.conf.${end}`) : [config]
  const found = names.map(name => path.resolve(folder, name)).find(file => existsSync(file))
  if (found === undefined)
    throw new Error(`${folder} has no ${names.join(', ')}; name the configuration: --config FILE`)
  return found
}

type Capabilities = Record<string, unknown>

/** Those that change how specs behave are kept; the browser is the one that Baton drives. */
async function capabilitiesFor(config: string, folder: string): Promise<Capabilities> {
  const { exported } = await readWdioConfig(config, folder)
  const declared: unknown = exported['capabilities']
  const all = (Array.isArray(declared) ? declared : []) as Capabilities[]
  const chrome = all.find(({ browserName }) => String(browserName).startsWith('chrom')) ?? {}
  const kept = [
    'wdio:enforceWebDriverClassic',
    'webSocketUrl',
    'unhandledPromptBehavior',
    'pageLoadStrategy',
    'acceptInsecureCerts',
  ]
  const {
    args = [],
    mobileEmulation,
    prefs,
  } = (chrome['goog:chromeOptions'] ?? {}) as Record<string, unknown> & { args?: string[] }
  const own = args.filter(argument => !/headless|no-sandbox|disable-gpu/.test(argument))
  return {
    browserName: 'chrome',
    ...Object.fromEntries(kept.flatMap(key => (key in chrome ? [[key, chrome[key]]] : []))),
    'goog:chromeOptions': {
      args: ['headless', 'no-sandbox', 'disable-gpu', ...own],
      ...(mobileEmulation !== undefined && { mobileEmulation }),
      ...(prefs !== undefined && { prefs }),
    },
  }
}

function deviceEntry({ browserName: _name, ...capabilities }: Capabilities): object {
  // As WebdriverIO does when it opens a classic session.
  const isClassic = capabilities['wdio:enforceWebDriverClassic'] === true
  const classic = isClassic ? { webSocketUrl: false } : {}
  return { name: 'compared', driver: 'chromium', capabilities: { ...capabilities, ...classic } }
}

interface WrapperParts {
  config: string
  capabilities: Capabilities
  output: string
  comparison: WdioComparison
}

/** The project's configuration without what would disturb the comparison. */
function wrapperText({ config, capabilities, output, comparison }: WrapperParts): string {
  const reporter = packageFile('dist', 'test', 'compare', 'wdio-reporter.js')
  const specs = comparison.specs.map(spec => path.resolve(comparison.folder, spec))
  const options = capabilities['goog:chromeOptions'] as object
  return `import * as own from ${JSON.stringify(`./${path.basename(config)}`)}
import { CompareReporter } from ${JSON.stringify(reporter)}
const config0 = own.config ?? own.default.config
export const config = {
  ...config0,
  ${specs.length > 0 ? `specs: ${JSON.stringify(specs)}, exclude: [],` : ''}
  runner: 'local', maxInstances: 1, bail: 0, specFileRetries: 0, services: [], logLevel: 'silent', outputDir: undefined,
  capabilities: [{
    ...${JSON.stringify(capabilities)},
    'goog:chromeOptions': { ...${JSON.stringify(options)}, binary: process.env.COMPARE_BROWSER },
    'wdio:chromedriverOptions': { binary: process.env.COMPARE_CHROMEDRIVER },
  }],
  reporters: [[CompareReporter, ${JSON.stringify({ output, folder: comparison.folder })}]],
}
`
}

async function runWdio(wrapper: string, folder: string): Promise<void> {
  const found = await findBrowser({}, process.env)
  const cli = createRequire(path.join(folder, 'package.json')).resolve('@wdio/cli')
  const bin = path.join(cli.slice(0, cli.lastIndexOf(`${path.sep}build${path.sep}`)), 'bin', 'wdio.js')
  const child = spawn(process.execPath, [bin, 'run', wrapper], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...withoutCi(), COMPARE_BROWSER: found.browser, COMPARE_CHROMEDRIVER: found.chromedriver },
  })
  await once(child, 'close')
}

async function readTests(output: string): Promise<ObservedTest[]> {
  const text = await readFile(output, 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as ObservedTest)
}
