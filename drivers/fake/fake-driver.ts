import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { DeviceEntry } from '../../src/device/device-entry.js'
import type { Artifact, Driver, HostSession, PreparedDevice } from '../../src/device/driver.js'
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
  describe: () => ({ platform: 'fake', labels: ['platform=fake'] }),

  async prepare(entry: DeviceEntry, { workDir }): Promise<PreparedDevice> {
    const { app: declared } = keys.parse(entry.own)
    const app = declared ?? join(workDir, 'app.xml')
    if (declared === undefined) await writeFile(app, fakeApp)
    return {
      labels: [],
      capabilities: extra => ({
        platformName: 'Fake',
        'appium:automationName': 'Fake',
        'appium:app': app,
        ...extra,
      }),
      async check(session) {
        await session.command('GET', '/timeouts').catch((cause: unknown) => {
          throw new BatonError('BATON_DEVICE_LOST', `${entry.name} does not answer`, { device: entry.name, cause })
        })
      },
      async reset(_session, policy) {
        throw new BatonError('BATON_INTERNAL', `the fake driver has no reset '${policy}'`)
      },
      collect,
      async dispose() {},
    }
  },
}

async function collect(session: HostSession, directory: string): Promise<Artifact[]> {
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
