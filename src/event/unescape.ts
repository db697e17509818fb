/** A text within a text within a text, as JSON in a URL in HTML. */
const maxDepth = 5

/** One escape: of JSON or JavaScript, of a URL (bytes of UTF-8 together), of HTML or XML. */
const escapes =
  /\\(?:u\{[\da-fA-F]{1,8}\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|[^])|(?:%[\da-fA-F]{2})+|&(?:#\d{1,8}|#[xX][\da-fA-F]{1,8}|amp|lt|gt|quot|apos|nbsp);?/g

const escapeCharacter = /[\\%&]/

const letters: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v' }

const htmlNames: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00A0',
}

/** A decoded text, and where its characters were in the original one. */
interface DecodedText {
  text: string
  /** @param index - in `text`, its end included */
  positionOf: (index: number) => number
}

/** The text, then the text decoded once, twice and so on, until nothing is left to decode. */
export function decodings(text: string): string[] {
  const forms = [text]
  for (let form = text; forms.length <= maxDepth && escapeCharacter.test(form); forms.push(form)) {
    const decoded = form.replace(escapes, decodeEscape)
    if (decoded === form) break
    form = decoded
  }
  return forms
}

/** The same without the text itself, with positions. */
export function decodeAll(text: string): DecodedText[] {
  const all: DecodedText[] = []
  let last: DecodedText = { text, positionOf: index => index }
  for (const _ of decodings(text).slice(1)) {
    const { positionOf } = last
    const once = decodeOnce(last.text)
    last = { text: once.text, positionOf: index => positionOf(once.positionOf(index)) }
    all.push(last)
  }
  return all
}

function decodeOnce(text: string): DecodedText {
  const positions: number[] = []
  let decoded = ''
  const keep = (from: number, to: number): void => {
    for (let index = from; index < to; index++) positions.push(index)
    decoded += text.slice(from, to)
  }
  let end = 0
  for (const match of text.matchAll(escapes)) {
    keep(end, match.index)
    const [escape] = match
    const character = decodeEscape(escape)
    const step = escape.length / character.length
    for (let index = 0; index < character.length; index++) positions.push(match.index + Math.floor(index * step))
    decoded += character
    end = match.index + escape.length
  }
  keep(end, text.length)
  return { text: decoded, positionOf: index => positions[index] ?? text.length }
}

function decodeEscape(escape: string): string {
  if (escape.startsWith('%')) return Buffer.from(escape.replaceAll('%', ''), 'hex').toString()
  const body = escape.replace(/^[\\&]/, '').replace(/;$/, '')
  if (escape.startsWith('&')) {
    if (!body.startsWith('#')) return htmlNames[body] ?? escape
    return characterOf(/^#x/i.test(body) ? Number.parseInt(body.slice(2), 16) : Number(body.slice(1))) ?? escape
  }
  const single = escape.slice(1)
  if (escape.length <= 2 || !/^[ux]/.test(single)) return letters[single] ?? single
  return characterOf(Number.parseInt(single.replaceAll(/[ux{}]/g, ''), 16)) ?? escape
}

function characterOf(code: number): string | undefined {
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : undefined
}
