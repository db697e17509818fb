/** Forms of a secret that are found as they are, wherever they stand in a text. */
export function encodedForms(secret: string): string[] {
  return [
    encodeURIComponent(secret),
    encodeURI(secret),
    new URLSearchParams({ '': secret }).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    ...base64Forms(secret),
  ]
}

/**
 * Base64 packs 3 bytes into 4 characters, so a text has three encodings, depending on where it begins. Characters that
 * also depend on the bytes around it are left out.
 */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret)
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
