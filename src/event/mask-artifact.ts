import type { ArtifactKind } from './run-event.js'

const pictures: ReadonlySet<ArtifactKind> = new Set(['screenshot', 'video'])

/** Masks secrets in an artifact that is text. Pictures and videos stay as they are. */
export function maskArtifact(kind: ArtifactKind, content: Buffer, mask: (text: string) => string): Buffer {
  return pictures.has(kind) ? content : Buffer.from(mask(content.toString()))
}

/** The same for an artifact that arrives in parts. Text is collected first, because a secret may span two parts. */
export async function* maskArtifactParts(
  kind: ArtifactKind,
  parts: AsyncIterable<Buffer>,
  mask: (text: string) => string,
): AsyncGenerator<Buffer> {
  const whole: Buffer[] = []
  for await (const part of parts) {
    if (pictures.has(kind)) yield part
    else whole.push(part)
  }
  if (whole.length > 0) yield maskArtifact(kind, Buffer.concat(whole), mask)
}

/** Masks secrets in a file of any kind, if it is text: without a zero byte at its beginning. */
export async function* maskTextParts(
  parts: AsyncIterable<Buffer>,
  mask: (text: string) => string,
): AsyncGenerator<Buffer> {
  const text: Buffer[] = []
  let isText: boolean | undefined
  for await (const part of parts) {
    isText ??= !part.subarray(0, sniffedBytes).includes(0)
    if (isText) text.push(part)
    else yield part
  }
  if (text.length > 0) yield Buffer.from(mask(Buffer.concat(text).toString()))
}

const sniffedBytes = 8_000
