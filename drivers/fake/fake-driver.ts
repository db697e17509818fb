import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { DeviceEntry } from '../../src/device/device-entry.js'
import type { Artifact } from '../../src/device/driver/artifact-capability.js'
import type { Driver, PreparedDevice } from '../../src/device/driver/driver.js'
import type { HostSession } from '../../src/device/driver/host-session.js'
import type { SessionCapability } from '../../src/device/driver/session-capability.js'
import { writeArtifact } from '../../src/device/write-artifact.js'
import { BatonError } from '../../src/error/baton-error.js'
import { fakeApp } from './fake-app.js'

const keys = z.object({
  app: z.string().optional().describe("Path of an app in the format of Appium's fake driver; default: a small one"),
})

/** A device that exists only in Appium's memory, for tests and benchmarks: sessions open in milliseconds. */
export const fakeDriver: Driver = {
  name: 'fake',
  keys,
  appiumDriver: { package: '@appium/fake-driver', automationName: 'Fake' },
  // All state is in the session, and can't be cleared within it.
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
    writeArtifact(directory, {
      kind: 'screenshot',
      name: 'screenshot.png',
      read: async () => Buffer.from(z.string().parse(await session.command('GET', '/screenshot')), 'base64'),
    }),
    writeArtifact(directory, {
      kind: 'source',
      name: 'source.xml',
      read: async () => z.string().parse(await session.command('GET', '/source')),
    }),
  ])
  return artifacts.filter(artifact => artifact !== undefined)
}
