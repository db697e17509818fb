import { readFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'

/** Finds out which files Node treats as ES modules because of their name or package.json. */
export class PackageTypes {
  readonly #types = new Map<string, Promise<boolean>>()

  /** @param file - absolute */
  async isEsModule(file: string): Promise<boolean> {
    switch (extname(file)) {
      case '.mjs':
      case '.mts':
        return true
      case '.cjs':
      case '.cts':
        return false
      default:
        return this.#inFolder(dirname(file))
    }
  }

  #inFolder(folder: string): Promise<boolean> {
    const known = this.#types.get(folder) ?? this.#read(folder)
    this.#types.set(folder, known)
    return known
  }

  async #read(folder: string): Promise<boolean> {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined)
    if (text === undefined) {
      const parent = dirname(folder)
      return parent !== folder && !folder.endsWith('/node_modules') && this.#inFolder(parent)
    }
    try {
      return (JSON.parse(text) as { type?: unknown } | null)?.type === 'module'
    } catch {
      return false
    }
  }
}
