import { createHash } from 'node:crypto'

export interface FailureFacts {
  message: string
  /** Titles of the failed test, outermost first. */
  test: readonly string[]
  /** Where it was thrown, in the user's files. */
  place?: { file: string; line?: number }
}

/** What changes from one occurrence of a failure to the next, in the order in which it has to be replaced. */
const values: readonly (readonly [RegExp, string])[] = [
  // oxlint-disable-next-line no-control-regex -- colours
  [/\u001B\[[\d;]*m/g, ''],
  [/"(?:[^"\\\n]|\\.)*"|`(?:[^`\\\n]|\\.)*`|(?<![\p{L}\d])'(?:[^'\\\n]|\\.)*'(?![\p{L}\d])/gu, '…'],
  [/\b[a-z][a-z\d+.-]*:\/\/[^\s)\]}>,]+/gi, '…'],
  [/\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/gi, '…'],
  [/\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?/g, '…'],
  [/\b(?=[a-z_-]*\d)[\da-z_-]{12,}\b/gi, '…'],
  [/[-+]?\d+(?:[.,:]\d+)*(?:e[-+]?\d+)?/gi, '…'],
]

/** A message without quoted values, addresses, ids, times and numbers, on one line. */
export function withoutValues(message: string): string {
  const text = values.reduce((text, [pattern, placeholder]) => text.replaceAll(pattern, placeholder), message)
  return text
    .replaceAll(/…(?:\s*…)+/g, '…')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/** What distinguishes bugs: the same bug has the same signature in every iteration. */
export function failureSignature({ message, test, place }: FailureFacts): string {
  const facts = [withoutValues(message), [...test], place?.file ?? '', place?.line ?? 0]
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 12)
}
