import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { startPhones } from '../../phone/start-phones.js'
import { playFilms } from '../../support/browser-films.js'

describe('a film of a simulated phone', () => {
  it('plays in a browser, with all that was on the screen', async function () {
    this.timeout(30_000)
    await using phones = await startPhones({ count: 1, provisioned: false })
    const [phone] = phones.phones
    const adb = async (...args: string[]): Promise<string> => phones.adbServer!.adb('-s', phone!.serial, ...args)
    const filmed = adb('shell', 'screenrecord /sdcard/film.mp4')
    while ((await adb('shell', 'pidof screenrecord || echo none')) === 'none\n') await phone!.status()
    await adb('shell', 'sleep 0.5; am start -n baton.chat/.MainActivity; sleep 0.5; pkill -INT screenrecord')
    await filmed
    const file = path.join(phones.adbServer!.folder, 'film.mp4')
    await adb('pull', '/sdcard/film.mp4', file)

    const [seen = assert.fail()] = await playFilms(await readFile(file))
    assert.equal(seen.size, '144x320')
    assert.ok(seen.seconds > 0.9 && seen.seconds < 10, String(seen.seconds))
    const [home = 0, app = 0] = seen.background
    assert.ok(home > app && app > 144 * 320 * 0.8, `${home} and ${app} pixels of the background`)
  })

  it('is refused by a phone that has no encoder', async () => {
    await using phones = await startPhones({ count: 1, provisioned: false, knobs: { noEncoder: true } })
    const [phone] = phones.phones
    const filming = phones.adbServer!.adb('-s', phone!.serial, 'shell', 'screenrecord /sdcard/film.mp4')
    await assert.rejects(filming, /ended with 1: ERROR: unable to create video\/avc codec instance/)
  })
})
