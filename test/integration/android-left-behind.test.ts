/** Reversed ports and forwards must be removed, whatever failed. */
import assert from 'node:assert/strict'
import { androidDriver } from '../../drivers/android/android-driver.js'
import { freePort } from '../../src/process/free-port.js'
import { deviceEntry, FarmBench } from './host/device-bench.js'
import { PhoneBench, DeviceEvents } from './host/phone-bench.js'
import { eventually } from './process/alive.js'

describe('reversed ports of a phone', () => {
  let bench: PhoneBench
  before(async () => {
    bench = await PhoneBench.start(1)
  })
  afterEach(async () => {
    await bench.phoneAt(0).thaw()
    await bench.disposeAll()
  })
  after(async () => bench.stop())

  const server = 'http://127.0.0.1:4711/'
  const reverses = async (): Promise<string[]> => {
    const list = (await bench.phones.adbServer?.adb('-s', bench.phoneAt(0).serial, 'reverse', '--list')) ?? ''
    return list.split('\n').flatMap(line => /tcp:\d+ /.exec(line)?.[0].trim() ?? [])
  }

  it('are set up for the next module if that failed before', async () => {
    const prepared = await bench.prepare({ health: { answerMs: 60_000 } })
    await bench.phoneAt(0).freeze()
    await assert.rejects(async () => prepared.reservation?.reserve([server]), { code: 'BATON_DEVICE_LOST' })
    await bench.phoneAt(0).thaw()
    // As if the request never reached the phone.
    await bench.phones.adbServer?.adb('-s', bench.phoneAt(0).serial, 'reverse', '--remove-all')
    await prepared.reservation?.reserve([server])
    assert.deepEqual(await reverses(), ['tcp:4711'])
  })

  it('survive a freeze, and are still removed after their module', async () => {
    const deviceEvents = new DeviceEvents()
    const prepared = await bench.prepare({ health: { answerMs: 2_000 } }, deviceEvents)
    await prepared.reservation?.reserve([server])
    await bench.phoneAt(0).freeze()
    await deviceEvents.next('lost')
    await bench.phoneAt(0).thaw()
    await deviceEvents.next('back')
    assert.deepEqual(await reverses(), ['tcp:4711'])
    await prepared.reservation?.reserve([])
    assert.deepEqual(await reverses(), [])
  })
})

describe('forwards to a phone', () => {
  let bench: PhoneBench
  let farm: FarmBench
  before(async () => {
    bench = await PhoneBench.start(2)
    farm = await FarmBench.start([androidDriver], { env: bench.phones.adbServer?.env ?? {} })
  })
  after(async () => {
    await farm.stop()
    await bench.stop()
  })

  const adb = async (...args: string[]): Promise<string> => (await bench.phones.adbServer?.adb(...args)) ?? ''
  const forward = async (phone: number, remote: string): Promise<string> =>
    (await adb('-s', bench.phoneAt(phone).serial, 'forward', 'tcp:0', remote)).trim()
  const forwards = async (): Promise<string[]> =>
    (await adb('forward', '--list')).split('\n').filter(Boolean).toSorted()
  const killAppium = async (): Promise<void> => {
    const down = new Promise<void>(resolve => {
      farm.appium.onEnded = () => resolve()
    })
    process.kill(farm.appium.pid ?? assert.fail('no Appium'), 'SIGKILL')
    await down
  }

  it('are removed after their Appium server or host was killed; those of other programs stay', async () => {
    const [first, second] = [bench.phoneAt(0).serial, bench.phoneAt(1).serial]
    await forward(0, 'tcp:6790') // left by a killed host
    const others = [
      `${first} tcp:${await forward(0, 'localabstract:chrome_devtools_remote')} localabstract:chrome_devtools_remote`,
      `${second} tcp:${await forward(1, 'tcp:6790')} tcp:6790`,
    ].toSorted()
    const own = { udid: first, adb: { port: bench.phones.adbPort } }
    const mjpeg = await freePort()
    const entry = { ...deviceEntry('warm', androidDriver, own), capabilities: { 'appium:mjpegServerPort': mjpeg } }
    const { sessions, prepared } = await farm.add(entry, androidDriver)
    assert.deepEqual(await forwards(), others)
    const ofSession = async (): Promise<string[]> => {
      const { capabilities } = await sessions.ready()
      const system = `${first} tcp:${String(capabilities['systemPort'])} tcp:6790`
      return [...others, system, `${first} tcp:${mjpeg} tcp:7810`].toSorted()
    }
    assert.deepEqual(await ofSession(), await forwards())
    // As ChromeDriver does when the app shows a webview.
    await forward(0, 'localabstract:webview_devtools_remote_4711')
    await killAppium()
    sessions.serverLost()
    await eventually('only those of others are left', async () => (await forwards()).join() === others.join())
    await sessions.ready()
    assert.deepEqual(await forwards(), await ofSession())
    await killAppium()
    sessions.serverLost()
    await prepared.dispose()
    assert.deepEqual(await forwards(), others)
  })
})
