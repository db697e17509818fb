import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { startPhones } from '../../phone/start-phones.js'
import { playVideos } from '../../support/browser-videos.js'
import { eventually } from '../process/alive.js'

describe('a recording of a simulated phone', () => {
  it('plays in a browser, with everything that was on the screen', async () => {
    await using phones = await startPhones({ count: 1, provisioned: false })
    const [phone = assert.fail()] = phones.phones
    const adb = async (...args: string[]): Promise<string> => phones.adbServer!.adb('-s', phone.serial, ...args)
    /** Each frame except the last one lasts at least a fifth of a second. */
    const untilFrames = async (count: number): Promise<number> =>
      eventually(`${count} pictures`, async () => (await phone.status()).recordedFrames >= count)
    const askedAt = Date.now()
    const recording = adb('shell', 'screenrecord /sdcard/video.mp4')
    await untilFrames(1)
    const beganBy = Date.now()
    await adb('shell', 'am start -n baton.chat/.MainActivity')
    await untilFrames(2)
    await adb('shell', 'input tap 360 350; input text Al')
    await untilFrames(3)
    const toldAt = Date.now()
    await adb('shell', 'pkill -INT screenrecord')
    await recording
    const endedBy = Date.now()
    const file = path.join(phones.adbServer!.folder, 'video.mp4')
    await adb('pull', '/sdcard/video.mp4', file)

    const [seen = assert.fail()] = await playVideos(await readFile(file))
    assert.equal(seen.size, '144x320')
    const [least, most] = [toldAt - beganBy, endedBy - askedAt].map(ms => ms / 1000)
    assert.ok(seen.seconds >= least! && seen.seconds <= most!, `${seen.seconds} s, not ${least} to ${most}`)
    const [home = 0, app = 0] = seen.background
    assert.ok(home > app && app > 144 * 320 * 0.8, `${home} and ${app} pixels of the background`)
  })

  it('fails on a phone without an encoder', async () => {
    await using phones = await startPhones({ count: 1, provisioned: false, behavior: { noEncoder: true } })
    const [phone] = phones.phones
    const recording = phones.adbServer!.adb('-s', phone!.serial, 'shell', 'screenrecord /sdcard/video.mp4')
    await assert.rejects(recording, /ended with 1: ERROR: unable to create video\/avc codec instance/)
  })
})
