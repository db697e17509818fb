import { palette, rasterise } from '../screen/render.js'
import { size, type View } from '../screen/view.js'
import { encodePicture, pictureParameters, sequenceParameters, type Picture } from './h264.js'
import { writeMp4, type Sample } from './mp4.js'

/** A fifth of the screen's size: frames are not compressed. */
const scale = 5
const width = size.width / scale
const height = size.height / scale
const startCode = Buffer.from([0, 0, 0, 1])

/** Records the screen: keeps each frame that differs from the previous one. */
export class ScreenRecorder {
  readonly #samples: Sample[] = []
  #shownSinceMs = 0
  #last: Buffer | undefined
  #pictures = 0

  /** @param stream - receives the frames at once as a byte stream (H.264, annex B); none is kept then */
  constructor(private readonly stream?: (bytes: Buffer) => void) {}

  /** @returns whether it was kept */
  capture(view: View, nowMs: number): boolean {
    const pixels = shrink(rasterise(view))
    if (this.#last?.equals(pixels)) return false
    const data = encodePicture(pictureOf(pixels), this.#pictures++)
    if (this.stream) {
      const parameters = this.#last ? [] : [sequenceParameters(width, height), pictureParameters()]
      this.stream(Buffer.concat([...parameters, data].flatMap(unit => [startCode, unit])))
    } else {
      this.#endLast(nowMs)
      this.#samples.push({ data, durationMs: 1 })
    }
    this.#last = pixels
    return true
  }

  /** @returns the MP4 file; undefined if nothing was recorded */
  finish(nowMs: number): Buffer | undefined {
    if (this.#samples.length === 0) return undefined
    this.#endLast(nowMs)
    const sequence = sequenceParameters(width, height)
    return writeMp4({ width, height, sequence, picture: pictureParameters(), samples: this.#samples })
  }

  #endLast(nowMs: number): void {
    const last = this.#samples.at(-1)
    if (last) last.durationMs = Math.max(1, Math.round(nowMs - this.#shownSinceMs))
    this.#shownSinceMs = nowMs
  }
}

/** Every fifth pixel of every fifth line. */
function shrink(pixels: Buffer): Buffer {
  const small = Buffer.alloc(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) small[y * width + x] = pixels[y * scale * size.width + x * scale] ?? 0
  }
  return small
}

/** ITU-R BT.601, in the range that video has. */
const colours = palette.map(rgb => {
  const [red, green, blue] = [rgb >> 16, (rgb >> 8) & 0xff, rgb & 0xff] as const
  return {
    luma: Math.round(16 + (65.738 * red + 129.057 * green + 25.064 * blue) / 256),
    blue: Math.round(128 + (-37.945 * red - 74.494 * green + 112.439 * blue) / 256),
    red: Math.round(128 + (112.439 * red - 94.154 * green - 18.285 * blue) / 256),
  }
})

function pictureOf(pixels: Buffer): Picture {
  const half = (channel: 'blue' | 'red'): Buffer => {
    const plane = Buffer.alloc((width / 2) * (height / 2))
    for (let y = 0; y < height / 2; y++) {
      for (let x = 0; x < width / 2; x++) {
        plane[(y * width) / 2 + x] = colours[pixels[y * 2 * width + x * 2] ?? 0]?.[channel] ?? 128
      }
    }
    return plane
  }
  const luma = Buffer.from(pixels.map(pixel => colours[pixel]?.luma ?? 16))
  return { width, height, luma, blue: half('blue'), red: half('red') }
}
