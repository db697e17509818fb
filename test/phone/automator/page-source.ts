import { size, type View } from '../screen/view.js'
import { viewAttributes } from './view-attributes.js'

/** The screen as the XML that `getPageSource` returns. */
export function pageSource(root: View, rotation: number): string {
  const { width, height } = size
  return [
    "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>",
    `<hierarchy index="0" class="hierarchy" rotation="${rotation}" width="${width}" height="${height}">`,
    ...lines(root, 0, '  '),
    '</hierarchy>',
    '',
  ].join('\n')
}

function lines(view: View, index: number, indent: string): string[] {
  const attributes = Object.entries(viewAttributes(view, index))
    .map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
    .join('')
  const tag = view.class.replace(/[^\w.-]/g, '_')
  if (view.children.length === 0) return [`${indent}<${tag}${attributes} />`]
  const children = view.children.flatMap((child, index) => lines(child, index, `${indent}  `))
  return [`${indent}<${tag}${attributes}>`, ...children, `${indent}</${tag}>`]
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
}
