/** Replaces a secret. */
const mask = '***'

/** Masking shorter values would mask half of every text. */
const minLength = 6

/**
 * Masks secrets in text. Finds them plain, line by line, URL-encoded, JSON-escaped and in base64, at any position of the
 * encoded text. Of a secret that is a URL, its password is a secret too.
 * @param secrets - values to hide; those under 6 characters are ignored
 * @returns a function that returns the text with every occurrence replaced by `***`
 */
export function createMasker(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(secrets.filter(secret => secret.length >= minLength).flatMap(formsOf))
  const patterns = [...forms]
    .filter(form => form.length >= minLength)
    .toSorted((a, b) => b.length - a.length)
    .map(form => form.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`))
  if (patterns.length === 0) return text => text
  const pattern = new RegExp(patterns.join('|'), 'g')
  return text => text.replace(pattern, mask)
}

function formsOf(secret: string): string[] {
  const parts = [secret, ...secret.split(/\r?\n/), ...passwordOf(secret)]
  return parts.flatMap(part => [
    part,
    encodeURIComponent(part),
    encodeURI(part),
    new URLSearchParams({ '': part }).toString().slice(1),
    JSON.stringify(part).slice(1, -1),
    ...base64FormsOf(part),
  ])
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

/**
 * Base64 packs 3 bytes into 4 characters, so a part has three encodings, depending on where it begins. Characters that
 * also depend on the bytes around the part are left out.
 */
function base64FormsOf(part: string): string[] {
  const bytes = Buffer.from(part)
  return [0, 1, 2].flatMap(offset => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const from = Math.ceil((offset * 8) / 6)
    const to = Math.floor(((offset + bytes.length) * 8) / 6)
    const core = encoded.slice(from, to)
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')]
  })
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
