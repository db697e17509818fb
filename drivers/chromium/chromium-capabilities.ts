import { z } from 'zod'
import type { ChromiumKeys } from './chromium-keys.js'

/** What a session's capabilities are made of. */
export interface CapabilityParts {
  keys: ChromiumKeys
  /** Absent where an Appium server of someone else starts its own. */
  tools?: { browser: string; chromedriver: string } | undefined
  workDir: string
  sandbox: boolean
  platform: NodeJS.Platform
}

const chromeOptions = 'goog:chromeOptions'
const optionsSchema = z.looseObject({ args: z.array(z.string()).optional() })

/** Nothing that calls home, asks questions, or depends on what a first start finds. */
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

/**
 * Capabilities for a session, without what differs at each opening.
 * @param extra - from devices.json; they win, but `goog:chromeOptions` is merged and its `args` are added
 */
export function chromiumCapabilities(parts: CapabilityParts, extra: Record<string, unknown>): Record<string, unknown> {
  const { keys, tools, workDir } = parts
  const { [chromeOptions]: extraOptions, ...others } = extra
  const declared = optionsSchema.parse(extraOptions ?? {})
  return {
    platformName: { darwin: 'mac', win32: 'windows' }[parts.platform as string] ?? 'linux',
    'appium:automationName': 'Chromium',
    browserName: 'chrome',
    ...(keys.bidi === false ? {} : { webSocketUrl: true }),
    'goog:loggingPrefs': { browser: 'ALL' },
    // Without both, Appium would look for a ChromeDriver to download.
    'appium:autodownloadEnabled': false,
    ...(tools ? { 'appium:executable': tools.chromedriver, 'appium:executableDir': workDir } : {}),
    ...others,
    [chromeOptions]: {
      ...(tools ? { binary: tools.browser } : {}),
      ...emulation(keys),
      ...declared,
      args: [...browserArgs(parts), ...(keys.args ?? []), ...(declared.args ?? [])],
    },
  }
}

/** Adds what is new at each opening: a port for ChromeDriver, which has one default for all, and an empty profile. */
export function addSessionCapabilities(
  capabilities: Record<string, unknown>,
  { port, profile }: { port: number; profile: string },
): Record<string, unknown> {
  const options = optionsSchema.parse(capabilities[chromeOptions] ?? {})
  return {
    'appium:chromedriverPort': port,
    ...capabilities,
    [chromeOptions]: { ...options, args: [...(options.args ?? []), `--user-data-dir=${profile}`] },
  }
}

function browserArgs({ keys, tools, sandbox }: CapabilityParts): string[] {
  return [
    ...(keys.headless === false ? [] : ['--headless=new']),
    // In a container `/dev/shm` is often 64 MB, too small for a page.
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
