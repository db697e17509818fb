import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { copyFile, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { constants } from 'node:fs'
import path from 'node:path'
import { attachmentsFolder } from '../../script/worker-messages.js'
import type { UnpackedBundle } from '../../module/pack-bundle.js'

/** A file in the folder of an attempt that was not sent, or has changed since. */
export interface FoundFile {
  /** Absolute. */
  file: string
  /** Relative to the folder in which the run was started, with `/`. */
  name: string
  bytes: number
  isExecutable: boolean
  /** It was put there by `attach`; `name` has no folder. */
  isAttachment: boolean
  /** SHA-256 of the content that was sent, if it was sent. */
  sent?: string
}

export interface FolderChanges {
  found: FoundFile[]
  /** Sent files that are gone. */
  deleted: { name: string; sent: string }[]
  /** Names of what is not a file that can be read: links, sockets, names that are not text. */
  special: string[]
  /** The folder has more entries than were listed. */
  incomplete: boolean
}

/** Maximum of entries that are listed. */
const maxEntries = 20_000
/** A module may write to `../x`, which must not be lost, nor reach the folder of another attempt. */
const levelsAbove = ['above', 'above', 'above', 'above']

/**
 * The folder in which one attempt runs: a copy of the files of its bundle. So no attempt sees what another one wrote, and
 * what it writes can be found.
 */
export class WorkFolder {
  private constructor(
    private readonly top: string,
    /** The copy of the bundle's folder; absolute. */
    readonly directory: string,
    private readonly bundle: Pick<UnpackedBundle, 'base' | 'sent'>,
    private readonly copiedAtMs: number,
  ) {}

  /** @param parent - absolute; created if it does not exist */
  static async create(bundle: UnpackedBundle, parent: string): Promise<WorkFolder> {
    await mkdir(parent, { recursive: true })
    const top = await mkdtemp(path.join(parent, 'attempt-'))
    const above = path.join(top, ...levelsAbove)
    const directory = path.join(above, 'project')
    await copyBundle(bundle, directory)
    // By the file system's clock, which may be coarser than the process's.
    const mark = path.join(top, 'copied')
    await writeFile(mark, '')
    return new WorkFolder(top, directory, bundle, (await lstat(mark)).ctimeMs)
  }

  /** Finds what the module wrote; links are never followed. */
  async changes(): Promise<FolderChanges> {
    const changes: FolderChanges = { found: [], deleted: [], special: [], incomplete: false }
    const seen = new Set<string>()
    const waiting = [path.join(this.top, levelsAbove[0] ?? '')]
    let entriesSeen = 0
    for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined)
      if (!entries) {
        changes.special.push(this.#nameOf(folder))
        continue
      }
      entriesSeen += entries.length
      if (entriesSeen > maxEntries) return { ...changes, incomplete: true }
      for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
        const file = path.join(folder, entry.name)
        if (entry.isDirectory()) waiting.push(file)
        else if (entry.isFile()) await this.#addFile(file, changes, seen)
        else if (!this.#isSent(file)) changes.special.push(this.#nameOf(file))
      }
    }
    for (const [sentPath, hash] of this.bundle.sent) {
      const file = path.join(this.directory, sentPath)
      if (!seen.has(file)) changes.deleted.push({ name: this.#nameOf(file), sent: hash })
    }
    return changes
  }

  async remove(): Promise<void> {
    try {
      await rm(this.top, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 })
    } catch {
      // A module may nest folders until their paths are too long for Node.
      await promisify(execFile)('rm', ['-rf', this.top])
    }
  }

  async #addFile(file: string, { found, special }: FolderChanges, seen: Set<string>): Promise<void> {
    const sent = this.bundle.sent.get(this.#treePath(file))
    seen.add(file)
    const stats = await lstat(file).catch(() => undefined)
    // The time of change, which nothing can set: a file that was copied and not touched is older than the mark.
    if (!stats) special.push(this.#nameOf(file))
    if (!stats || (sent !== undefined && stats.ctimeMs < this.copiedAtMs)) return
    const isExecutable = (stats.mode & 0o100) !== 0
    const isAttachment = path.dirname(file) === path.join(this.directory, '..', attachmentsFolder)
    const name = isAttachment ? path.basename(file) : this.#nameOf(file)
    found.push({ file, name, bytes: stats.size, isExecutable, isAttachment, ...(sent !== undefined && { sent }) })
  }

  #isSent(file: string): boolean {
    return this.bundle.sent.has(this.#treePath(file))
  }

  #treePath(file: string): string {
    return path.relative(this.directory, file).replaceAll(path.sep, '/')
  }

  #nameOf(file: string): string {
    return path.relative(path.join(this.directory, this.bundle.base), file).replaceAll(path.sep, '/')
  }
}

/** Much faster than `cp`, which inspects every entry before it copies it. */
async function copyBundle({ directory: source, base, sent, folders }: UnpackedBundle, target: string): Promise<void> {
  const needed = [...new Set([base, ...folders, ...[...sent.keys()].map(file => path.dirname(file))])].toSorted()
  // Parents are created with their children.
  const leaves = needed.filter((folder, index) => !needed[index + 1]?.startsWith(`${folder}/`))
  await Promise.all(leaves.map(folder => mkdir(path.join(target, folder), { recursive: true })))
  const copy = async (file: string): Promise<void> =>
    copyFile(path.join(source, file), path.join(target, file), constants.COPYFILE_FICLONE)
  await Promise.all([...sent.keys()].map(copy))
}
