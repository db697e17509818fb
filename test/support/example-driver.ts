import { z } from 'zod'
import type { Driver } from '../../src/device/driver/driver.js'
import { BatonError } from '../../src/error/baton-error.js'

const keys = z.object({ app: z.string().describe('Path of the app that the device shows') })

export const exampleDriver: Driver = {
  name: 'example',
  keys,
  appiumDriver: { package: '@appium/fake-driver', automationName: 'Fake' },
  resets: ['session', 'none'],
  provides: [],
  describe: () => ({ platform: 'example', labels: ['platform=example'] }),

  async prepare(entry) {
    const { app } = keys.parse(entry.own)
    return {
      labels: [],
      sessions: {
        capabilities: extra => ({
          platformName: 'Fake',
          'appium:automationName': 'Fake',
          'appium:app': app,
          ...extra,
        }),
        completeCapabilities: async capabilities => capabilities,
        async verifyIdentity() {},
        async check(session) {
          await session.command('GET', '/timeouts').catch((cause: unknown) => {
            throw new BatonError('BATON_DEVICE_LOST', `${entry.name} does not answer`, { device: entry.name, cause })
          })
        },
        async reset() {},
        resetTimeoutMs: 10_000,
        forceClose() {},
      },
      async dispose() {},
    }
  },
}
