/**
 * Simulated phones on the command line: `npm run phones -- 3`.
 *
 *     phones [COUNT] [--adb-port PORT] [--style emulator|connect] [--control-port PORT] [--fresh] [--no-chat] [--hybrid]
 *
 * With `--json OPTIONS` it is the child of a test: it prints one line of JSON and ends when its input ends.
 */
import { AdbServer } from './adb-server.js'
import type { Announcement } from './control-calls.js'
import { serveControl } from './control-server.js'
import { describePhones, readArguments } from './command-line.js'
import { startPhonesInProcess } from './phones-in-process.js'

const { rack, isChild, controlPort } = readArguments(process.argv.slice(2))
const server = rack.adbPort === 0 ? await AdbServer.start() : undefined
const adbPort = server?.port ?? rack.adbPort
const phones = await startPhonesInProcess({ ...rack, adbPort })
const { url } = await serveControl(phones, controlPort)
// The given adb server may not be running yet.
if (server && rack.style !== 'connect') await Promise.all(phones.map(phone => phone.connected()))

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end())
if (isChild) {
  process.stdin.resume()
  process.stdin.once('end', () => void end())
}

const announcement: Announcement = {
  control: url,
  adbPort,
  phones: phones.map(({ serial, model }) => ({ serial, manufacturer: model.manufacturer, model: model.model })),
}
console.log(isChild ? JSON.stringify(announcement) : describePhones(announcement))

async function end(): Promise<void> {
  await Promise.all(phones.map(phone => phone.stop()))
  await server?.[Symbol.asyncDispose]()
  process.exit()
}
