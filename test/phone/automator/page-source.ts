import { size, type View } from '../screen/view.js'
import { sourceLines } from '../xpath/source-lines.js'
import { documentOf } from './view-document.js'

/** The screen as the XML that `getPageSource` returns. */
export function pageSource(root: View, rotation: number): string {
  const { width, height } = size
  const views = documentOf(root).children.flatMap(hierarchy => hierarchy.children)
  return [
    "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>",
    `<hierarchy index="0" class="hierarchy" rotation="${rotation}" width="${width}" height="${height}">`,
    ...views.flatMap(view => sourceLines(view, '  ')),
    '</hierarchy>',
    '',
  ].join('\n')
}
