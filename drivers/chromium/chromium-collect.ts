import { z } from 'zod'
import { readConsole } from '../../src/device/browser-console.js'
import type { Artifact } from '../../src/device/driver/artifact-capability.js'
import type { HostSession } from '../../src/device/driver/host-session.js'
import { writeArtifact } from '../../src/device/write-artifact.js'

/** Writes a screenshot, the page's source and the browser's console. Leaves out what is unavailable. */
export async function collectBrowserArtifacts(session: HostSession, directory: string): Promise<Artifact[]> {
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
  return artifacts.filter(artifact => artifact !== undefined)
}

/** False for ChromeDriver's BiDi, which runs in a hidden tab and logs its start to the same console. */
function isFromPage(message: string): boolean {
  return !message.includes('"Launching Mapper instance ')
}
