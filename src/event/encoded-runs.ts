/** Bytes in hexadecimal, as one word or as dumps show them: `7061 7373`, `70:61`. 6 bytes at least. */
const hexRuns = /[\da-f](?:(?:0x|\\x|[\s:,-]){0,2}[\da-f]){11,}/gi

/** Bytes in decimal, as lists of numbers are printed. */
const byteRuns = /\b\d{1,3}(?:,\s*\d{1,3}){5,}\b/g

/**
 * Masks sequences of bytes that have a secret in them. The whole sequence is masked, because its rest may be part of the
 * secret, too.
 */
export function createEncodedRunMasker(secrets: readonly string[], mask: string): (text: string) => string {
  const bytes = secrets.map(secret => Buffer.from(secret))
  const hex = bytes.map(each => each.toString('hex'))
  const lists = bytes.map(each => `,${[...each].join(',')},`)
  return text =>
    text
      .replace(hexRuns, run => {
        const digits = run.toLowerCase().replaceAll(/0x|\\x|[^\da-f]/g, '')
        return hex.some(form => digits.includes(form)) ? mask : run
      })
      .replace(byteRuns, run => {
        const numbers = `,${run.replaceAll(/\s/g, '')},`
        return lists.some(form => numbers.includes(form)) ? mask : run
      })
}
