import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { readConsole } from '../../src/device/browser-console.js'
import type { Artifact } from '../../src/device/driver/artifact-capability.js'
import type { HostSession } from '../../src/device/driver/host-session.js'

/** Writes a screenshot, the page's source and the browser's console; what cannot be had is left out. */
export async function collectArtifacts(session: HostSession, directory: string): Promise<Artifact[]> {
  const keep = async (kind: Artifact['kind'], name: string, read: () => Promise<string | Buffer>) => {
    const path = join(directory, name)
    try {
      await writeFile(path, await read())
      return { kind, path }
    } catch {
      // The failure that is being explained matters more than a file that explains it.
      return undefined
    }
  }
  const artifacts = await Promise.all([
    keep('screenshot', 'screenshot.png', async () =>
      Buffer.from(z.string().parse(await session.command('GET', '/screenshot')), 'base64'),
    ),
    keep('source', 'source.html', async () => z.string().parse(await session.command('GET', '/source'))),
    keep('browser-log', 'browser.log', () => readConsole(session, isOfPage)),
  ])
  return artifacts.filter(artifact => artifact !== undefined)
}

/** ChromeDriver's BiDi runs in a hidden tab, which says in the same log that it begins. */
function isOfPage(message: string): boolean {
  return !message.includes('"Launching Mapper instance ')
}
