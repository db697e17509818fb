import { PageServer } from '../integration/host/page-server.js'
import { withBrowser } from './with-browser.js'

/** A video as a browser sees it. */
export interface PlayedVideo {
  /** `144x320`; the browser's error if it can't play it. */
  size: string
  seconds: number
  /** How many pixels are of the most frequent colour, near its beginning and near its end. */
  background: number[]
  /** Where it stood once it had been played from near its end on. */
  endedAt: number
}

/** Plays videos in a real browser: their beginning and their end. */
export async function playVideos(...videos: readonly Buffer[]): Promise<PlayedVideo[]> {
  return withBrowser(async browser => {
    const seen: PlayedVideo[] = []
    for (const video of videos) {
      seen.push(await browser.executeAsync<PlayedVideo, [string]>(look, video.toString('base64')))
    }
    return seen
  })
}

/**
 * A video that the browser's own encoder makes, as H.264's byte stream, picture by picture: every tenth needs none of those
 * before it.
 * @returns undefined if the browser has no such encoder
 */
export async function encodeVideo(codec: string, width: number, height: number): Promise<Buffer[] | undefined> {
  return withBrowser(async browser => {
    // Encoders are for pages that a browser trusts: those of this machine.
    const pages = await PageServer.start()
    try {
      await browser.url(pages.url)
      const pictures = await browser.executeAsync<string[] | null, [string, number, number]>(
        encode,
        codec,
        width,
        height,
      )
      return pictures?.map(picture => Buffer.from(picture, 'base64'))
    } finally {
      pages.stop()
    }
  })
}

/** Runs in the browser, which has no types here. */
const look = `
  const [base64, done] = arguments
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
  video.src = 'data:video/mp4;base64,' + base64`

const encode = `
  const [codec, width, height, done] = arguments
  const base64 = bytes => btoa(String.fromCharCode(...bytes))
  ;(async () => {
    const config = { codec, width, height, framerate: 30, bitrate: 500_000, avc: { format: 'annexb' } }
    if (!(await VideoEncoder.isConfigSupported(config)).supported) return done(null)
    const pictures = []
    const encoder = new VideoEncoder({
      output: chunk => {
        const bytes = new Uint8Array(chunk.byteLength)
        chunk.copyTo(bytes)
        pictures.push(base64(bytes))
      },
      error: fault => done([String(fault)]),
    })
    encoder.configure(config)
    const canvas = new OffscreenCanvas(width, height)
    const context = canvas.getContext('2d')
    for (let at = 0; at < 25; at++) {
      context.fillStyle = 'white'
      context.fillRect(0, 0, width, height)
      context.fillStyle = 'navy'
      context.fillRect(at * 3, at * 5, 40, 40)
      const frame = new VideoFrame(canvas, { timestamp: at * 100_000 })
      encoder.encode(frame, { keyFrame: at % 10 === 0 })
      frame.close()
    }
    await encoder.flush()
    done(pictures)
  })()`
