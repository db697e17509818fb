import { z } from 'zod'
import { readConsole } from '../../src/device/browser-console.js'
import type { Artifact } from '../../src/device/driver/artifact-capability.js'
import type { HostSession } from '../../src/device/driver/host-session.js'
import { writeArtifact } from '../../src/device/write-artifact.js'

/** A page that opens more in a row never stops. */
const maxDialogs = 3
const maxTextLength = 200

/**
 * Writes a screenshot, the page's source and the browser's console. Leaves out what is unavailable. An open dialog hides the page from
 * WebDriver: it is dismissed, and the screenshot's summary says which it was.
 */
export async function collectBrowserArtifacts(session: HostSession, directory: string): Promise<Artifact[]> {
  const dialogs = await dismissDialogs(session)
  const artifacts = await Promise.all([
    writeArtifact(directory, {
      kind: 'screenshot',
      name: 'screenshot.png',
      read: async () => Buffer.from(z.string().parse(await session.command('GET', '/screenshot')), 'base64'),
    }),
    writeArtifact(directory, {
      kind: 'source',
      name: 'source.html',
      read: async () => z.string().parse(await session.command('GET', '/source')),
    }),
    writeArtifact(directory, {
      kind: 'browser-log',
      name: 'browser.log',
      read: () => readConsole(session, isFromPage),
    }),
  ])
  return artifacts
    .filter(artifact => artifact !== undefined)
    .map(artifact => (artifact.kind === 'screenshot' ? { ...artifact, ...dialogs } : artifact))
}

/** @returns a summary of what was dismissed; empty if no dialog was open */
async function dismissDialogs(session: HostSession): Promise<{ summary?: string }> {
  const found: string[] = []
  while (found.length < maxDialogs) {
    const text = await session.command('GET', '/alert/text').catch(() => undefined)
    if (typeof text !== 'string') break
    const window = await session.command('GET', '/window').catch(() => undefined)
    const type = typeof window === 'string' ? session.dialogTypes.get(window) : undefined
    found.push(`${type ?? 'dialog'} '${text.slice(0, maxTextLength)}'`)
    await session.command('POST', '/alert/dismiss').catch(() => {})
  }
  if (found.length === 0) return {}
  return { summary: `a dialog was open and was dismissed for the screenshot: ${found.join(', ')}` }
}

/** False for ChromeDriver's BiDi, which runs in a hidden tab and logs its start to the same console. */
function isFromPage(message: string): boolean {
  return !message.includes('"Launching Mapper instance ')
}
