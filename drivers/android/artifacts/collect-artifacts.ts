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

/** adb must not hold up what a module waits for. */
const screenshotMs = 5_000

/**
 * Writes a screenshot, the view tree and the phone's log of this module. A session that is dead gives nothing; the phone
 * itself then still shows its screen. A session in a webview knows the page alone: the screen is then the phone's too, and
 * the page's source and console come in the place of the view tree.
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
      // The failure that is being explained matters more than a file that explains it.
      return undefined
    }
  }
  const inWebview = await isInWebview(session)
  const [screenshot, source, browserLog] = await Promise.all([
    keep('screenshot', 'screenshot.png', () => takeScreenshot(phone, inWebview ? undefined : session)),
    keep('source', inWebview ? 'source.html' : 'source.xml', async () => session && readSource(session)),
    keep('browser-log', 'browser.log', async () => (session && inWebview ? readConsole(session) : undefined)),
  ])
  // At last: a phone's log is a moment behind, and what has just crashed is to be in it.
  const deviceLog = await keep('device-log', 'logcat.txt', async () => log.read())
  const finding = summarizeCrashes(log.crashes.reports, app)
  const told = deviceLog && { ...deviceLog, ...(finding !== undefined && { finding }) }
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
    if (png.subarray(1, 4).toString() !== 'PNG') throw new Error('no picture')
    return png
  }
}
