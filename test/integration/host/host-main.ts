/** A host for the tests to kill: Appium with an open browser, and a private Redis; prints what it owns. */
import { chromiumDriver } from '../../../drivers/chromium/chromium-driver.js'
import { startPrivateRedis } from '../../../src/process/private-redis.js'
import { deviceEntry, FarmBench } from './device-bench.js'

const redis = await startPrivateRedis()
const bench = await FarmBench.start([chromiumDriver])
const device = await bench.add(deviceEntry('phone', chromiumDriver), chromiumDriver)
const session = await device.sessions.ready()
const browser = session.capabilities['goog:processID']
const owned = { appium: bench.appium.pid, browser, redis: redis.pid, folder: bench.directory.path }
process.stdout.write(`${JSON.stringify(owned)}\n`)
