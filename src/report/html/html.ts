import { plainText } from '../plain-text.js'

/** Text that is HTML already. */
export class SafeHtml {
  constructor(readonly text: string) {}
}

type Part = SafeHtml | string | number | undefined | readonly Part[]

/** Makes HTML from a template: whatever is inserted is escaped, unless it is `SafeHtml`. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): SafeHtml {
  return new SafeHtml(texts.map((text, index) => text + rendered(parts[index])).join(''))
}

function rendered(part: Part): string {
  if (part === undefined) return ''
  if (part instanceof SafeHtml) return part.text
  if (typeof part === 'object') return part.map(rendered).join('')
  return escapeHtml(String(part))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text for an element or an attribute, without control characters. */
export function escapeHtml(text: string): string {
  return plainText(text).replaceAll(/[&<>"']/g, character => entities[character] ?? '')
}

/** The address of a file of the report, relative to its page. */
export function fileUrl(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}
