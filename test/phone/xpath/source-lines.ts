import type { ViewNode } from './view-node.js'

/** A node and those below it as XML, a line each. */
export function sourceLines({ name, attributes, children }: ViewNode, indent = ''): string[] {
  const tag = name.replace(/[^\w.-]/g, '_')
  const listed = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escapeXml(value)}"`)
    .join('')
  if (children.length === 0) return [`${indent}<${tag}${listed} />`]
  return [
    `${indent}<${tag}${listed}>`,
    ...children.flatMap(child => sourceLines(child, `${indent}  `)),
    `${indent}</${tag}>`,
  ]
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
}
