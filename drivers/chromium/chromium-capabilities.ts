import { z } from 'zod'
import { proxyArgs } from './chromium-network.js'
import type { ChromiumKeys } from './chromium-keys.js'
import { closePorts } from './closed-ports.js'

/** Input for a session's capabilities. */
export interface ChromiumCapabilityParts {
  keys: ChromiumKeys
  /** Absent for a foreign Appium server, which starts its own. */
  tools?: { browser: string; chromedriver: string } | undefined
  workDir: string
  sandbox: boolean
  platform: NodeJS.Platform
}

const chromeOptions = 'goog:chromeOptions'
const optionsSchema = z.looseObject({
  args: z.array(z.string()).optional(),
  prefs: z.record(z.string(), z.unknown()).optional(),
})

/** Prevents network calls, questions, and differences between first and later starts. */
const quietArgs = [
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-sync',
  '--disable-quic',
  '--disable-search-engine-choice-screen',
  '--disable-breakpad',
  '--disable-crash-reporter',
  '--metrics-recording-only',
  '--no-pings',
  '--password-store=basic',
  '--use-mock-keychain',
]

/** As WebdriverIO's `remote` requests a session: dialogs stay open, and WebdriverIO handles them over BiDi. */
const bidiCapabilities = { webSocketUrl: true, unhandledPromptBehavior: 'ignore' }

/**
 * Capabilities for a session, except those that differ each time.
 * @param extra - from devices.json; they win, but `goog:chromeOptions` is merged and its `args` are added
 * @param proxyPort - of a proxy on this machine; absent: none
 */
export function chromiumCapabilities(
  parts: ChromiumCapabilityParts,
  extra: Record<string, unknown>,
  proxyPort?: number,
): Record<string, unknown> {
  const { keys, tools, workDir } = parts
  const { [chromeOptions]: extraOptions, ...others } = extra
  const declared = optionsSchema.parse(extraOptions ?? {})
  return {
    platformName: { darwin: 'mac', win32: 'windows' }[parts.platform as string] ?? 'linux',
    'appium:automationName': 'Chromium',
    browserName: 'chrome',
    ...(usesBidi(keys, extra) ? bidiCapabilities : {}),
    'goog:loggingPrefs': { browser: 'ALL' },
    // Without these, Appium would look for a ChromeDriver to download.
    'appium:autodownloadEnabled': false,
    ...(tools ? { 'appium:executable': tools.chromedriver, 'appium:executableDir': workDir } : {}),
    ...others,
    [chromeOptions]: {
      ...(tools ? { binary: tools.browser } : {}),
      ...emulation(keys),
      ...declared,
      args: [...browserArgs(parts), ...proxyArgs(proxyPort), ...(keys.args ?? []), ...(declared.args ?? [])],
    },
  }
}

/** WebdriverIO's own capability for sessions without BiDi counts as well, as `remote` reads it. */
function usesBidi({ bidi }: ChromiumKeys, extra: Record<string, unknown>): boolean {
  return bidi !== false && !extra['wdio:enforceWebDriverClassic']
}

export interface SessionParts {
  port: number
  profile: string
  downloads: string
  /** Ports that pages must not reach, in addition to those that control devices. */
  closedPorts: readonly number[]
}

/**
 * Adds what differs each time: a port for ChromeDriver, whose default is the same for all, and an empty profile. And the
 * folder for downloads, whose default is the user's own. And which ports are closed to pages.
 */
export function addSessionCapabilities(
  capabilities: Record<string, unknown>,
  { port, profile, downloads, closedPorts }: SessionParts,
): Record<string, unknown> {
  const options = optionsSchema.parse(capabilities[chromeOptions] ?? {})
  const { 'appium:chromedriverPort': chromedriverPort = port } = capabilities
  return {
    ...capabilities,
    'appium:chromedriverPort': chromedriverPort,
    [chromeOptions]: {
      ...options,
      prefs: { 'download.default_directory': downloads, ...options.prefs },
      args: [
        ...closePorts(options.args ?? [], [...closedPorts, Number(chromedriverPort)]),
        `--user-data-dir=${profile}`,
      ],
    },
  }
}

function browserArgs({ keys, tools, sandbox }: ChromiumCapabilityParts): string[] {
  return [
    ...(keys.headless === false ? [] : ['--headless=new']),
    // In a container `/dev/shm` often has 64 MB, which is too small for a page.
    ...(sandbox || !tools ? [] : ['--no-sandbox', '--disable-dev-shm-usage']),
    ...quietArgs,
  ]
}

function emulation({ emulate }: ChromiumKeys): Record<string, unknown> {
  if (emulate === undefined) return {}
  if (typeof emulate === 'string') return { mobileEmulation: { deviceName: emulate } }
  const { userAgent, ...deviceMetrics } = emulate
  return { mobileEmulation: { deviceMetrics, ...(userAgent === undefined ? {} : { userAgent }) } }
}
