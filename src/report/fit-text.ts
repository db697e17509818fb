import stringWidth from 'string-width'

const segmenter = new Intl.Segmenter()

/** Width of a text on a terminal, in columns: wide characters take two, combining ones none. */
export function widthOf(text: string): number {
  return stringWidth(text)
}

/** Cuts a line to a number of columns, with `…` where something is missing. */
export function fitText(text: string, columns: number): string {
  if (columns <= 0) return ''
  // What is far beyond the edge isn't measured, because titles may be very long.
  const near = text.slice(0, columns * 16)
  if (near.length === text.length && widthOf(near) <= columns) return near
  let kept = ''
  let width = 0
  for (const { segment } of segmenter.segment(near)) {
    width += widthOf(segment)
    if (width > columns - 1) break
    kept += segment
  }
  return `${kept}…`
}

/** Cut or padded to exactly so many columns. */
export function padText(text: string, columns: number): string {
  const fitted = fitText(text, columns)
  return fitted + ' '.repeat(Math.max(0, columns - widthOf(fitted)))
}
