import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { DeviceEntry } from '../../src/device/device-entry.js'
import type { Driver, DriverContext, PreparedDevice } from '../../src/device/driver/driver.js'
import type { HostSession } from '../../src/device/driver/host-session.js'
import { BatonError } from '../../src/error/baton-error.js'
import { errorMessage } from '../../src/error/error-text.js'
import { chromiumCapabilities, addSessionCapabilities, type ChromiumCapabilityParts } from './chromium-capabilities.js'
import { collectBrowserArtifacts } from './chromium-collect.js'
import { diagnoseChromium } from './chromium-diagnosis.js'
import { networkPath } from './chromium-network.js'
import { chromiumKeys } from './chromium-keys.js'
import { chromedriverEndpoint } from './chromedriver-endpoint.js'
import { isResetByPages } from './chromium-lasting-commands.js'
import { resetBrowser, windowRect, type WindowRect } from './chromium-reset.js'
import { DownloadFolder } from './download-folder.js'
import { displayProblem } from './display.js'
import { emulatedNameProblem } from './emulated-names.js'
import { findBrowser, findChromedriver, majorVersion, type InstalledBrowser } from './find-browser.js'
import { isConfined } from './sandbox.js'
import { controlPorts, freePort } from '../../src/process/free-port.js'

/** A phone emulated by Chromium (metrics, touch, user agent), through Appium's Chromium driver. */
export const chromiumDriver: Driver = {
  name: 'chromium',
  keys: chromiumKeys,
  appiumDriver: { package: 'appium-chromium-driver', automationName: 'Chromium' },
  resets: ['app', 'session', 'none'],
  provides: ['artifacts'],
  findsLabels: ['browserVersion'],
  startsDevices: true,
  portCapabilities: ['appium:chromedriverPort'],

  diagnose: diagnoseChromium,

  async findMistake(entry, env) {
    // A foreign Appium server has a display and a ChromeDriver of its own.
    if (entry.appium) return undefined
    const keys = chromiumKeys.parse(entry.own)
    const display = keys.headless === false ? displayProblem(env, process.platform) : undefined
    if (display)
      return new BatonError('BATON_TOOL_MISSING', `"headless": false needs a display, found ${display.found}.`, {
        device: entry.name,
        hint: display.fix,
      })
    if (typeof keys.emulate !== 'string') return undefined
    const chromedriver = await findChromedriver(keys, env)
    return chromedriver === undefined ? undefined : emulatedNameProblem(entry.name, keys.emulate, chromedriver)
  },

  describe(entry) {
    const { emulate } = chromiumKeys.parse(entry.own)
    const model = typeof emulate === 'string' ? [`model=${emulate}`] : []
    return { platform: 'chromium', labels: ['platform=chromium', ...model] }
  },

  async prepare(entry, context) {
    const keys = chromiumKeys.parse(entry.own)
    // A foreign Appium server has the browsers and their profiles on its own machine.
    const tools = entry.appium ? undefined : await findBrowser(keys, context.env)
    const sandbox = keys.sandbox ?? !(await isConfined())
    return preparedDevice(entry, context, {
      tools,
      parts: { keys, tools, workDir: context.workDir, sandbox, platform: process.platform },
    })
  },
}

interface Prepared {
  tools: InstalledBrowser | undefined
  parts: ChromiumCapabilityParts
}

function preparedDevice(
  entry: DeviceEntry,
  { workDir, hostPorts }: DriverContext,
  { tools, parts }: Prepared,
): PreparedDevice {
  const profiles: string[] = []
  const downloads = new DownloadFolder(join(workDir, 'downloads'))
  const removeProfiles = async () => {
    await Promise.all(
      profiles.splice(0).map(async profile => rm(profile, { recursive: true, force: true, maxRetries: 5 })),
    )
  }
  /** Session → its window's initial position. */
  const windows = new WeakMap<HostSession, WindowRect>()
  return {
    labels: tools ? [`browserVersion=${majorVersion(tools.version)}`] : [],
    networkPath: networkPath(entry, parts.keys),
    ...(tools && { downloads: downloads.path }),
    sessions: {
      capabilities: (extra, proxyPort) => chromiumCapabilities(parts, extra, proxyPort),

      async completeCapabilities(capabilities) {
        if (!tools) return capabilities
        // A browser that is still closing may hold on to its profile: the profile then goes with the device's folder.
        await removeProfiles().catch(() => {})
        const profile = await mkdtemp(join(workDir, 'profile-'))
        profiles.push(profile)
        await downloads.renew()
        const closedPorts = (await hostPorts?.()) ?? []
        const port = await freePort(controlPorts)
        return addSessionCapabilities(capabilities, { port, profile, downloads: downloads.path, closedPorts })
      },

      endpoint: chromedriverEndpoint,

      // A browser belongs to the session that started it.
      async verifyIdentity(session) {
        if (!windows.has(session)) windows.set(session, await windowRect(session))
      },
      check: async session => checkBrowser(entry.name, session),
      async reset(session) {
        await resetBrowser(session, { window: windows.get(session), ownClipboard: parts.keys.headless !== false })
        if (tools) await downloads.empty()
      },
      isResetByPages,
      resetTimeoutMs: 10_000,
      forceClose: killBrowser,
    },
    artifacts: { collect: async (session, directory) => (session ? collectBrowserArtifacts(session, directory) : []) },
    dispose: removeProfiles,
  }
}

async function checkBrowser(device: string, session: HostSession): Promise<void> {
  const open = await session.command('GET', '/window/handles').catch((cause: unknown) => {
    const why = errorMessage(cause)
    throw new BatonError('BATON_DEVICE_LOST', `the browser of ${device} does not answer: ${why}`, { device, cause })
  })
  if (z.array(z.string()).parse(open).length > 0) return
  throw new BatonError('BATON_DEVICE_LOST', `the browser of ${device} has no window`, { device })
}

/** ChromeDriver reports the browser's process id. When the browser is gone, ChromeDriver cancels commands that hang. */
function killBrowser(session: HostSession): void {
  const pid = session.capabilities['goog:processID']
  if (typeof pid !== 'number') return
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
