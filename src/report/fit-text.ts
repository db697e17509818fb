import stringWidth from 'string-width'

const segmenter = new Intl.Segmenter()

/** Columns that a text takes on a terminal: wide characters take two, combining ones none. */
export function widthOf(text: string): number {
  return stringWidth(text)
}

/** Cuts a line to a number of columns, with `…` where something is missing. */
export function fitText(text: string, columns: number): string {
  if (columns <= 0) return ''
  // No character takes less than nothing: what is far beyond the edge needn't be measured, however long a title is.
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
