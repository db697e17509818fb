import { plainText } from './plain-text.js'

/** A node of an XML document: an element, or text. */
export type XmlNode = XmlElement | string

export interface XmlElement {
  name: string
  /** An attribute that is undefined is left out. */
  attributes?: Record<string, string | number | undefined>
  children?: readonly XmlNode[]
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
}

/** Writes a document. Elements are indented, unless that would add whitespace to a text. */
export function formatXml(root: XmlElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${formatElement(root, '')}\n`
}

function formatElement({ name, attributes = {}, children = [] }: XmlElement, indent: string): string {
  const pairs = Object.entries(attributes).filter(([, value]) => value !== undefined)
  const open = [name, ...pairs.map(([key, value]) => `${key}="${escape(String(value), /[&<>"\n\t]/g)}"`)].join(' ')
  if (children.length === 0) return `${indent}<${open}/>`
  if (children.some(child => typeof child === 'string')) {
    const inner = children.map(child =>
      typeof child === 'string' ? escape(child, /[&<>]/g) : formatElement(child, ''),
    )
    return `${indent}<${open}>${inner.join('')}</${name}>`
  }
  const inner = children.map(child => (typeof child === 'string' ? '' : formatElement(child, `${indent}  `)))
  return `${indent}<${open}>\n${inner.join('\n')}\n${indent}</${name}>`
}

/** XML 1.0 cannot represent most control characters, lone surrogates, U+FFFE and U+FFFF. */
function escape(text: string, special: RegExp): string {
  return plainText(text)
    .replaceAll(/[\p{Cs}\uFFFE\uFFFF]/gu, '\uFFFD')
    .replaceAll(special, character => entities[character] ?? character)
}
