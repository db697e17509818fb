import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { remote } from 'webdriverio'
import { findBrowser } from '../../../drivers/chromium/find-browser.js'
import { startPhones } from '../../phone/start-phones.js'

/** What a browser sees of a film: its size, and how many pixels of a time are of the most frequent colour. */
interface Seen {
  size: string
  seconds: number
  background: number[]
}

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

    const seen = await play(await readFile(file))
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

async function play(film: Buffer): Promise<Seen> {
  const { browser: binary, chromedriver } = await findBrowser({}, process.env)
  const browser = await remote({
    logLevel: 'silent',
    capabilities: {
      browserName: 'chrome',
      'goog:chromeOptions': { binary, args: ['--headless=new', '--no-sandbox', '--disable-gpu'] },
      'wdio:chromedriverOptions': { binary: chromedriver },
      'wdio:enforceWebDriverClassic': true,
    },
  })
  try {
    return await browser.executeAsync<Seen, [string]>(look, film.toString('base64'))
  } finally {
    await browser.deleteSession()
  }
}

/** Runs in the browser, which has no types here. */
const look = `
  const [film, done] = arguments
  const video = Object.assign(document.createElement('video'), { muted: true })
  video.onerror = () => done({ size: video.error.message, seconds: 0, background: [] })
  video.onloadeddata = async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: video.videoWidth, height: video.videoHeight })
    const context = canvas.getContext('2d')
    const background = []
    for (const time of [0.1, video.duration - 0.05]) {
      video.currentTime = time
      await new Promise(resolve => (video.onseeked = resolve))
      // a busy browser draws the picture from before for a while
      const until = performance.now() + 5000
      let most
      do {
        await new Promise(resolve => setTimeout(resolve, 20))
        context.drawImage(video, 0, 0)
        const { data } = context.getImageData(0, 0, canvas.width, canvas.height)
        const counts = {}
        for (let at = 0; at < data.length; at += 4) counts[data.slice(at, at + 3)] = (counts[data.slice(at, at + 3)] ?? 0) + 1
        most = Math.max(...Object.values(counts))
      } while (most === background[0] && performance.now() < until)
      background.push(most)
    }
    done({ size: video.videoWidth + 'x' + video.videoHeight, seconds: video.duration, background })
  }
  video.src = 'data:video/mp4;base64,' + film`
