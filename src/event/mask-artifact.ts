import type { ArtifactKind } from './run-event.js'

const pictures: ReadonlySet<ArtifactKind> = new Set(['screenshot', 'video'])

/** Hides secrets in what an artifact says; what it shows as a picture stays as it is. */
export function maskArtifact(kind: ArtifactKind, content: Buffer, mask: (text: string) => string): Buffer {
  return pictures.has(kind) ? content : Buffer.from(mask(content.toString()))
}

/** The same for one that comes in parts: a text has to be there as a whole, a picture never is. */
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
