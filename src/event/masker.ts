import { encodedForms } from './encoded-secret.js'
import { createEncodedRunMasker } from './encoded-runs.js'
import { decodeAll, decodings } from './unescape.js'

/** Replaces a secret. */
const mask = '***'

/** Masking shorter values would mask half of every text. */
const minLength = 6

/**
 * Masks secrets in text: plain, line by line, escaped as for JSON, JavaScript, URLs, HTML or XML, also several times, and
 * encoded as hexadecimal, base64 or a list of bytes, at any position of the encoded text. Of a secret that is a URL, its
 * password is a secret too.
 * @param secrets - values to hide; those under 6 characters are ignored
 * @returns a function that returns the text with every occurrence replaced by `***`
 */
export function createMasker(secrets: readonly string[]): (text: string) => string {
  const values = longest(secrets.filter(secret => secret.length >= minLength).flatMap(partsOf))
  if (values.length === 0) return text => text
  const plain = anyOf(longest(values.flatMap(value => [value, ...encodedForms(value)])))
  const decoded = anyOf(longest(values.flatMap(value => decodings(value))))
  const maskRuns = createEncodedRunMasker(values, mask)
  return text => maskRuns(maskEscaped(text.replace(plain, mask), decoded))
}

/** Finds secrets in the decoded text, and masks what they were decoded from. */
function maskEscaped(text: string, pattern: RegExp): string {
  // Most texts have no escape, or no secret.
  if (
    !decodings(text)
      .slice(1)
      .some(form => form.search(pattern) >= 0)
  )
    return text
  const ranges = decodeAll(text).flatMap(({ text: form, positionOf }) =>
    [...form.matchAll(pattern)].map(({ index, 0: { length } }) => ({
      from: positionOf(index),
      to: positionOf(index + length),
    })),
  )
  let masked = ''
  let end = 0
  for (const { from, to } of ranges.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    if (from >= end) masked += text.slice(end, from) + mask
    end = Math.max(end, to)
  }
  return masked + text.slice(end)
}

function partsOf(secret: string): string[] {
  return [secret, ...secret.split(/\r?\n/), ...passwordOf(secret)]
}

function passwordOf(secret: string): string[] {
  const password = URL.canParse(secret) ? new URL(secret).password : ''
  if (password === '') return []
  try {
    return [password, decodeURIComponent(password)]
  } catch {
    return [password]
  }
}

/** The longest first, because one secret may begin with another. */
function longest(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter(({ length }) => length >= minLength).toSorted((a, b) => b.length - a.length)
}

function anyOf(texts: readonly string[]): RegExp {
  return new RegExp(texts.map(text => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`)).join('|'), 'g')
}

/**
 * Masks every string in plain data, such as an event.
 * @returns a copy
 */
export function maskDeep<T>(value: T, masker: (text: string) => string): T {
  if (typeof value === 'string') return masker(value) as T
  if (Array.isArray(value)) return value.map((item: unknown) => maskDeep(item, masker)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskDeep<unknown>(item, masker)])) as T
}
