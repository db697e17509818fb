import { createHash } from 'node:crypto'
import { posix } from 'node:path'

/** File types in the mode bits of `stat`. */
export const fileModes = { directory: 0o040000, file: 0o100000 } as const

export interface PhoneFile {
  mode: number
  mtimeMs: number
  size: number
  /** Missing for directories. */
  content?: Buffer
}

/** Equal contents are stored once for all phones of this process: the driver's own apps alone are 21 MB. */
const contents = new Map<string, Buffer>()

/** A phone's files, by their absolute path. */
export class Files {
  readonly #files = new Map<string, PhoneFile>()

  constructor() {
    for (const path of ['/', '/data', '/data/app', '/data/local', '/data/local/tmp', '/sdcard', '/system']) {
      this.makeDirectory(path)
    }
  }

  get(path: string): PhoneFile | undefined {
    return this.#files.get(normal(path))
  }

  /** Total size of all files, in bytes. */
  get usedBytes(): number {
    return [...this.#files.values()].reduce((sum, { size }) => sum + size, 0)
  }

  write(path: string, { content, mode, mtimeMs }: { content: Buffer; mode: number; mtimeMs: number }): void {
    this.makeDirectory(posix.dirname(normal(path)))
    this.#files.set(normal(path), { mode, mtimeMs, size: content.length, content: shared(content) })
  }

  makeDirectory(path: string): void {
    for (let at = normal(path); !this.#files.has(at); at = posix.dirname(at)) {
      this.#files.set(at, { mode: fileModes.directory | 0o755, mtimeMs: Date.now(), size: 0 })
    }
  }

  /** Removes a file, or a directory with its contents. */
  remove(path: string): boolean {
    const target = normal(path)
    for (const name of this.#files.keys()) if (name.startsWith(`${target}/`)) this.#files.delete(name)
    return this.#files.delete(target)
  }

  /** @returns names and files directly in a directory */
  list(directory: string): [string, PhoneFile][] {
    const parent = normal(directory)
    return [...this.#files]
      .filter(([path]) => path !== '/' && posix.dirname(path) === parent)
      .map(([path, file]) => [posix.basename(path), file])
  }
}

function shared(content: Buffer): Buffer {
  if (content.length < 64 * 1024) return content
  const hash = createHash('sha1').update(content).digest('hex')
  const known = contents.get(hash)
  if (known) return known
  contents.set(hash, content)
  return content
}

const normal = (path: string): string => posix.resolve('/', path)
