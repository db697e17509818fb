import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { DeviceEntry } from '../../src/device/device-entry.js'
import type { Artifact } from '../../src/device/driver/artifact-capability.js'
import type { Driver, PreparedDevice } from '../../src/device/driver/driver.js'
import type { HostSession } from '../../src/device/driver/host-session.js'
import type { SessionCapability } from '../../src/device/driver/session-capability.js'
import { BatonError } from '../../src/error/baton-error.js'
import { fakeApp } from './fake-app.js'

const keys = z.object({
  app: z.string().optional().describe("Path of an app in the format of Appium's fake driver; default: a small one"),
})

/** A device that exists in Appium's memory only, for tests and benchmarks: sessions open in milliseconds. */
export const fakeDriver: Driver = {
  name: 'fake',
  keys,
  appiumDriver: { package: '@appium/fake-driver', automationName: 'Fake' },
  // The driver keeps all its state in the session, and has no way to empty it.
  resets: ['session', 'none'],
  provides: ['artifacts'],
  describe: () => ({ platform: 'fake', labels: ['platform=fake'] }),

  async prepare(entry: DeviceEntry, { workDir }): Promise<PreparedDevice> {
    const { app: declared } = keys.parse(entry.own)
    const app = declared ?? join(workDir, 'app.xml')
    if (declared === undefined) await writeFile(app, fakeApp)
    return {
      labels: [],
      sessions: fakeSessions(entry, app),
      artifacts: { collect },
      async dispose() {},
    }
  },
}

function fakeSessions({ name }: DeviceEntry, app: string): SessionCapability {
  return {
    capabilities: extra => ({ platformName: 'Fake', 'appium:automationName': 'Fake', 'appium:app': app, ...extra }),
    completeCapabilities: async capabilities => capabilities,
    // A session belongs to the device that Appium made for it.
    async verifyIdentity() {},
    async check(session) {
      await session.command('GET', '/timeouts').catch((cause: unknown) => {
        throw new BatonError('BATON_DEVICE_LOST', `${name} does not answer`, { device: name, cause })
      })
    },
    async reset(_session, policy) {
      throw new BatonError('BATON_INTERNAL', `the fake driver has no reset '${policy}'`)
    },
    resetTimeoutMs: 10_000,
    forceClose() {},
  }
}

async function collect(session: HostSession | undefined, directory: string): Promise<Artifact[]> {
  if (!session) return []
  const artifacts = await Promise.all([
    keep('screenshot', join(directory, 'screenshot.png'), async () => {
      return Buffer.from(z.string().parse(await session.command('GET', '/screenshot')), 'base64')
    }),
    keep('source', join(directory, 'source.xml'), async () =>
      z.string().parse(await session.command('GET', '/source')),
    ),
  ])
  return artifacts.filter(artifact => artifact !== undefined)
}

async function keep(
  kind: Artifact['kind'],
  path: string,
  read: () => Promise<string | Buffer>,
): Promise<Artifact | undefined> {
  try {
    await writeFile(path, await read())
    return { kind, path }
  } catch {
    // What cannot be had is left out: the failure that is being explained matters more.
    return undefined
  }
}
