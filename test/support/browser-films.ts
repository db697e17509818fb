import { remote } from 'webdriverio'
import { findBrowser } from '../../drivers/chromium/find-browser.js'

/** What a browser sees of a film. */
export interface SeenFilm {
  /** `144x320`; what the browser says where it can't play it. */
  size: string
  seconds: number
  /** How many pixels are of the most frequent colour, near its beginning and near its end. */
  background: number[]
  /** Where it stood once it had been played from near its end on. */
  endedAt: number
}

/** Plays films in a real browser: their beginning and their end. */
export async function playFilms(...films: readonly Buffer[]): Promise<SeenFilm[]> {
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
    const seen: SeenFilm[] = []
    for (const film of films) {
      seen.push(await browser.executeAsync<SeenFilm, [string]>(look, film.toString('base64')))
    }
    return seen
  } finally {
    await browser.deleteSession()
  }
}

/** Runs in the browser, which has no types here. */
const look = `
  const [film, done] = arguments
  const video = Object.assign(document.createElement('video'), { muted: true })
  video.onerror = () => done({ size: video.error.message, seconds: 0, background: [], endedAt: 0 })
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
    const ended = new Promise(resolve => (video.onended = resolve))
    await video.play()
    await ended
    const { videoWidth, videoHeight, duration, currentTime } = video
    done({ size: videoWidth + 'x' + videoHeight, seconds: duration, background, endedAt: currentTime })
  }
  video.src = 'data:video/mp4;base64,' + film`
