import { drawText, glyphSize } from './font.js'
import { encodePng } from './png.js'
import { size, walk, type Bounds, type View } from './view.js'

/** The colours of the screen; views name them by index. */
export const colours = { black: 0, white: 1, grey: 2, ink: 3, accent: 4, mine: 5, surface: 6, quiet: 7 } as const

/** 0xRRGGBB of each colour. */
export const palette: readonly number[] = [
  0x000000, 0xffffff, 0xd8d8dc, 0x1c1c1e, 0x2459c9, 0xcfe3ff, 0xf2f2f5, 0x77777c,
]
const defaultTextScale = 6
const paddingPixels = 12

/** Paints the screen, or the part of it within bounds, as a PNG. */
export function renderScreen(root: View, within: Bounds = { left: 0, top: 0, right: size.width, bottom: size.height }) {
  const pixels = rasterise(root)
  const left = clamp(within.left, size.width)
  const top = clamp(within.top, size.height)
  const width = Math.max(1, clamp(within.right, size.width) - left)
  const height = Math.max(1, clamp(within.bottom, size.height) - top)
  return encodePng({
    width,
    height,
    palette,
    row: index => pixels.subarray((top + index) * size.width + left, (top + index) * size.width + left + width),
  })
}

/** The whole screen as indexes of the palette, line by line. */
export function rasterise(root: View): Buffer {
  const pixels = Buffer.alloc(size.width * size.height, colours.black)
  for (const view of walk(root)) paint(pixels, view)
  return pixels
}

function paint(pixels: Buffer, view: View): void {
  const { bounds, background } = view
  if (background !== undefined) fill(pixels, bounds, background)
  const text = view.text || view.hint
  if (!text) return
  const scale = view.textScale ?? defaultTextScale
  const colour = view.text ? (view.colour ?? colours.ink) : colours.quiet
  const perLine = charactersPerLine(bounds.right - bounds.left, scale)
  for (const [line, part] of wrapText(text, perLine).entries()) {
    const top = bounds.top + paddingPixels + line * lineHeight(scale)
    drawText(part, (column, row) => {
      const x = bounds.left + paddingPixels + column * scale
      const y = top + row * scale
      fill(
        pixels,
        { left: x, top: y, right: Math.min(x + scale, bounds.right), bottom: Math.min(y + scale, bounds.bottom) },
        colour,
      )
    })
  }
}

export const lineHeight = (scale: number): number => (glyphSize.height + 2) * scale

export const charactersPerLine = (width: number, scale: number): number =>
  Math.max(1, Math.floor((width - 2 * paddingPixels) / (glyphSize.width * scale)))

export function wrapText(text: string, perLine: number): string[] {
  const characters = Array.from(text)
  const lines: string[] = []
  for (let at = 0; at < characters.length; at += perLine) lines.push(characters.slice(at, at + perLine).join(''))
  return lines
}

function fill(pixels: Buffer, { left, top, right, bottom }: Bounds, colour: number): void {
  const from = clamp(left, size.width)
  const to = clamp(right, size.width)
  for (let y = clamp(top, size.height); y < clamp(bottom, size.height); y++) {
    pixels.fill(colour, y * size.width + from, y * size.width + to)
  }
}

const clamp = (value: number, max: number): number => Math.max(0, Math.min(max, Math.round(value)))
