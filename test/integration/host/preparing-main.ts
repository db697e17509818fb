/** Prepares a phone as a host does, so that tests can kill it meanwhile. Prints a line when done. */
import { androidDriver } from '../../../drivers/android/android-driver.js'
import { deviceEntry } from './device-bench.js'

const [own = '{}', workDir = ''] = process.argv.slice(2)
const entry = deviceEntry('killed', androidDriver, JSON.parse(own) as Record<string, unknown>)
const observer = { lost: () => {}, back: () => {} }
const prepared = await androidDriver.prepare(entry, { workDir, env: process.env, observer })
await prepared.health?.check()
process.stdout.write('prepared\n')
