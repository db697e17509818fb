import { stripVTControlCharacters } from 'node:util'

/** Control characters, and those that change the direction of writing: a title must not draw on the terminal. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu

/** Text that is safe to print: without escape sequences, with other control characters as `\x07`. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll('\r\n', '\n')
    .replaceAll(unprintable, character => (character === '\n' || character === '\t' ? character : escaped(character)))
}

/** Like `plainText`, on one line. */
export function plainLine(text: string): string {
  return plainText(text)
    .replaceAll(/\s*\n\s*/g, ' ⏎ ')
    .replaceAll('\t', ' ')
}

export function plainTitle(title: readonly string[]): string {
  return title.map(plainLine).join(' › ')
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code < 0x1_00 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/** The start of a long text, and how many characters are left out. */
export function shorten(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text
  // Don't leave half of a character.
  const start = text.slice(0, maxCharacters).replace(/[\uD800-\uDBFF]$/, '')
  return `${start}… (${text.length - start.length} more characters)`
}

/** `480 ms`, `1.2 s`, `3 min 20 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/**
 * The name of a module in reports: one file may be a module of several suites of a plan, of several devices, and repeated.
 */
export function moduleName({ file, suite, device, repetition }: NamedModule): string {
  const name = suite === undefined ? file : `${suite} › ${file}`
  const onDevice = device === undefined ? name : `${name} [${device}]`
  return repetition === undefined ? onDevice : `${onDevice} #${repetition}`
}

/** `alice on pixel-8`, or `alice` if the device has the role's name. */
export function roleOnDevice(role: string, device: string): string {
  return role === device ? role : `${role} on ${device}`
}

/** What a file of an attempt is: `screenshot of alice`. */
export function artifactLabel({ kind, role }: { kind: string; role: string }): string {
  return kind === 'trace' ? 'trace' : `${kind} of ${role}`
}

interface NamedModule {
  file: string
  suite?: string
  device?: string
  repetition?: number
}
