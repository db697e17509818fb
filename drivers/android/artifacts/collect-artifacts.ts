import { z } from 'zod'
import { readConsole } from '../../../src/device/browser-console.js'
import type { Artifact } from '../../../src/device/driver/artifact-capability.js'
import type { HostSession } from '../../../src/device/driver/host-session.js'
import { writeArtifact } from '../../../src/device/write-artifact.js'
import type { AdbPhone } from '../adb/adb-phone.js'
import { summarizeCrashes } from './crash-reports.js'
import type { FrontWindow } from '../health/front-window.js'
import type { LogcatRecorder } from './logcat-recorder.js'

export interface ArtifactSources {
  phone: AdbPhone
  log: LogcatRecorder
  /** Package of the app under test. */
  app: string | undefined
  frontWindow: FrontWindow
}

/** Deadline: a module waits for this. */
const screenshotMs = 5_000

/**
 * Writes a screenshot, the view tree and the phone's log of this module. If the session is dead, the screenshot is taken
 * through adb. A session in a webview sees only the page: the screenshot then comes through adb too, and the page's source
 * and console replace the view tree.
 */
export async function collectPhoneArtifacts(
  { phone, log, app, frontWindow }: ArtifactSources,
  session: HostSession | undefined,
  directory: string,
): Promise<Artifact[]> {
  const inWebview = await isInWebview(session)
  const window = await frontWindow.find(app).catch(() => undefined)
  const [screenshot, source, browserLog] = await Promise.all([
    writeArtifact(directory, {
      kind: 'screenshot',
      name: 'screenshot.png',
      read: () => takeScreenshot(phone, inWebview ? undefined : session),
    }),
    writeArtifact(directory, {
      kind: 'source',
      name: inWebview ? 'source.html' : 'source.xml',
      read: async () => session && readSource(session),
    }),
    writeArtifact(directory, {
      kind: 'browser-log',
      name: 'browser.log',
      read: async () => (session && inWebview && (await readConsole(session))) || undefined,
    }),
  ])
  // Last, because the phone's log lags behind by a moment and must contain a crash that has just happened.
  const deviceLog = await writeArtifact(directory, {
    kind: 'device-log',
    name: 'logcat.txt',
    read: async () => log.read(),
  })
  const summary = summarizeCrashes(log.crashes.reports, app)
  const annotatedLog = deviceLog && { ...deviceLog, ...(summary !== undefined && { summary }) }
  const artifacts = [screenshot, source, browserLog, annotatedLog].filter(artifact => artifact !== undefined)
  if (!window) return artifacts
  await frontWindow.dismiss(window, inWebview ? undefined : session, app).catch(() => {})
  return artifacts.map((artifact, index) =>
    index === 0 ? { ...artifact, ...foreignWindowFault(window.name) } : artifact,
  )
}

function foreignWindowFault(name: string): Pick<Artifact, 'summary' | 'deviceFault'> {
  return { summary: `${name} was in front`, deviceFault: true }
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
