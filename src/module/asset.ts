import { createHash } from 'node:crypto'

/** A file that is sent with a module, because the module reads it at run time. */
export interface Asset {
  /** Path in the asset tree, with `/`. */
  path: string
  /** SHA-256 of its content, in hex. */
  hash: string
  /** Bytes. */
  size: number
  /** @throws BatonError BATON_MODULE_FILES if the file has changed since it was found */
  read(): Promise<Buffer>
}

export function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex')
}
