/** Characters of a page source that are read, and of its text that are shown. */
const maxSource = 200_000
const maxText = 600

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

/** What a screen said: the text in a page's HTML, or the texts and descriptions in the XML of an app. */
export function screenText(source: string): string {
  const start = source.slice(0, maxSource)
  const isXml = /^\s*<\?xml|^\s*<hierarchy/.test(start)
  const text = isXml
    ? [...start.matchAll(/\s(?:text|content-desc|value|label)="([^"]+)"/g)].map(([, value]) => value).join(' | ')
    : withoutCode(start).replaceAll(/<[^<>]*>/g, ' ')
  const plain = text
    .replaceAll(/&(amp|lt|gt|quot|apos|nbsp);/g, (_, name: string) => entities[name] ?? ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return plain.length > maxText ? `${plain.slice(0, maxText)}…` : plain
}

/** Without scripts and styles. */
function withoutCode(html: string): string {
  let kept = ''
  let at = 0
  for (const { index, 0: open, 1: name = '' } of html.matchAll(/<(script|style|head)\b/gi)) {
    if (index < at) continue
    kept += html.slice(at, index)
    const end = html.toLowerCase().indexOf(`</${name.toLowerCase()}`, index + open.length)
    at = end < 0 ? html.length : end
  }
  return kept + html.slice(at)
}
