import type { ArtifactKind } from './run-event.js'

/** Hides secrets in what an artifact says; what it shows as a picture stays as it is. */
export function maskArtifact(kind: ArtifactKind, content: Buffer, mask: (text: string) => string): Buffer {
  return kind === 'screenshot' ? content : Buffer.from(mask(content.toString()))
}
