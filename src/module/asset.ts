import { createHash } from 'node:crypto'

/** A file that a module reads at run time and that is sent with it. */
export interface Asset {
  /** In the tree that travels, with `/`. */
  path: string
  /** SHA-256 of its content, in hex. */
  hash: string
  /** Bytes. */
  size: number
  /** @throws BatonError BATON_MODULE_FILES where the file changed since it was found */
  read(): Promise<Buffer>
}

export function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex')
}
