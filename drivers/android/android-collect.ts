import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Artifact, HostSession } from '../../src/device/driver.js'
import type { AdbPhone } from './adb-phone.js'
import { findingOf } from './crash-reports.js'
import type { LogcatWindow } from './logcat-window.js'

export interface CollectParts {
  phone: AdbPhone
  log: LogcatWindow
  /** Package of the app under test. */
  app: string | undefined
}

/** adb must not hold up what a module waits for. */
const screenshotMs = 5_000

/**
 * Writes a screenshot, the view tree and the phone's log of this module. A session that is dead gives nothing; the phone
 * itself then still shows its screen.
 */
export async function collectArtifacts(
  parts: CollectParts,
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
  const [screenshot, source, deviceLog] = await Promise.all([
    keep('screenshot', 'screenshot.png', () => screenshotOf(phone, session)),
    keep('source', 'source.xml', async () => session && z.string().parse(await session.command('GET', '/source'))),
    keep('device-log', 'logcat.txt', async () => log.read()),
  ])
  const finding = findingOf(log.crashes.reports, app)
  const told = deviceLog && { ...deviceLog, ...(finding !== undefined && { finding }) }
  return [screenshot, source, told].filter(artifact => artifact !== undefined)
}

async function screenshotOf(phone: AdbPhone, session: HostSession | undefined): Promise<Buffer> {
  try {
    if (!session) throw new Error('no session')
    return Buffer.from(z.string().parse(await session.command('GET', '/screenshot')), 'base64')
  } catch {
    const png = await phone.exec('screencap -p', screenshotMs)
    if (png.subarray(1, 4).toString() !== 'PNG') throw new Error('no picture')
    return png
  }
}
