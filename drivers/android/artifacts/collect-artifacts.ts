import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { readConsole } from '../../../src/device/browser-console.js'
import type { Artifact } from '../../../src/device/driver/artifact-capability.js'
import type { HostSession } from '../../../src/device/driver/host-session.js'
import type { AdbPhone } from '../adb/adb-phone.js'
import { summarizeCrashes } from './crash-reports.js'
import type { LogcatRecorder } from './logcat-recorder.js'

export interface ArtifactSources {
  phone: AdbPhone
  log: LogcatRecorder
  /** Package of the app under test. */
  app: string | undefined
}

/** Deadline: a module waits for this. */
const screenshotMs = 5_000

/**
 * Writes a screenshot, the view tree and the phone's log of this module. If the session is dead, the screenshot is taken
 * through adb. A session in a webview sees only the page: the screenshot then comes through adb too, and the page's source
 * and console replace the view tree.
 */
export async function collectArtifacts(
  parts: ArtifactSources,
  session: HostSession | undefined,
  directory: string,
): Promise<Artifact[]> {
  const { phone, log, app } = parts
  const keep = async (kind: Artifact['kind'], name: string, read: () => Promise<string | Buffer | undefined>) => {
    const path = join(directory, name)
    try {
      const content = await read()
      if (content === undefined || content.length === 0) return undefined
      await writeFile(path, content)
      return { kind, path }
    } catch {
      // A missing artifact must not hide the failure that it belongs to.
      return undefined
    }
  }
  const inWebview = await isInWebview(session)
  const [screenshot, source, browserLog] = await Promise.all([
    keep('screenshot', 'screenshot.png', () => takeScreenshot(phone, inWebview ? undefined : session)),
    keep('source', inWebview ? 'source.html' : 'source.xml', async () => session && readSource(session)),
    keep('browser-log', 'browser.log', async () => (session && inWebview ? readConsole(session) : undefined)),
  ])
  // Last, because the phone's log lags behind by a moment and must contain a crash that has just happened.
  const deviceLog = await keep('device-log', 'logcat.txt', async () => log.read())
  const summary = summarizeCrashes(log.crashes.reports, app)
  const told = deviceLog && { ...deviceLog, ...(summary !== undefined && { summary }) }
  return [screenshot, source, browserLog, told].filter(artifact => artifact !== undefined)
}

const nativeContext = 'NATIVE_APP'

async function isInWebview(session: HostSession | undefined): Promise<boolean> {
  const context = await session?.command('GET', '/context').catch(() => undefined)
  return typeof context === 'string' && context !== nativeContext
}

async function readSource(session: HostSession): Promise<string> {
  return z.string().parse(await session.command('GET', '/source'))
}

async function takeScreenshot(phone: AdbPhone, session: HostSession | undefined): Promise<Buffer> {
  try {
    if (!session) throw new Error('no session')
    return Buffer.from(z.string().parse(await session.command('GET', '/screenshot')), 'base64')
  } catch {
    const png = await phone.exec('screencap -p', { timeoutMs: screenshotMs })
    if (png.subarray(1, 4).toString() !== 'PNG') throw new Error('screencap printed no PNG')
    return png
  }
}
