import { randomBytes } from 'node:crypto'
import { createWriteStream, type Stats } from 'node:fs'
import { appendFile, chmod, lstat, mkdir, readFile, realpath, rename, rm, unlink } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { FileEvent } from '../event/run-event.js'
import { sha256 } from '../module/asset.js'
import { joinInside } from '../process/join-inside.js'

export interface ProjectFilesOptions {
  /** Folder of the project; absolute. */
  cwd: string
  /** Id of a module → its file, for messages. */
  moduleNames: ReadonlyMap<string, string>
  /** The user asked to update snapshots: stored ones that nothing uses any more are removed. */
  removesSnapshots: boolean
}

/** Folders and files from which tools take settings or code: nothing that comes from a farm may change them. */
const protectedFolders = new Set(
  '.git .hg .svn .husky .github .gitlab .circleci .vscode .idea .yarn .ssh .baton node_modules'.split(' '),
)
const protectedFile = /^\.(env(\..*)?|envrc|npmrc|yarnrc(\.yml)?|git(attributes|config|ignore|modules)|bash.*|zsh.*)$/i

/**
 * Writes files that modules wrote back into the user's project. A module never writes outside of it, nor over what another
 * module of the run wrote, nor over what the user changed meanwhile.
 */
export class ProjectFiles {
  readonly #written = new Map<string, { module: string; hash: string | undefined }>()
  readonly #startedAt = Date.now()

  constructor(private readonly options: ProjectFilesOptions) {}

  /** @returns why a file can't go into the project; undefined if it can */
  async problemOf(event: FileEvent): Promise<string | undefined> {
    const target = joinInside(this.options.cwd, event.name)
    if (target === undefined || target === path.resolve(this.options.cwd)) return 'it is outside of the project'
    const mayBeRemoved = this.options.removesSnapshots && event.name.endsWith('.snap')
    if (event.change === 'deleted' && !mayBeRemoved) return 'only the copy of the module was removed'
    const parts = event.name.split('/')
    if (parts.some(part => protectedFolders.has(part.toLowerCase())) || protectedFile.test(parts.at(-1) ?? '')) {
      return 'modules may not change such files'
    }
    const outside = await this.#leadsOut(path.dirname(target))
    if (outside !== undefined) return outside
    return this.#conflictOf(target, event)
  }

  /** Call it only if there is no problem. */
  async write(event: FileEvent, content: AsyncIterable<Buffer>): Promise<void> {
    const { name, change, module, hash, executable } = event
    const target = path.resolve(this.options.cwd, name)
    if (change === 'deleted') return unlink(target)
    await mkdir(path.dirname(target), { recursive: true })
    const temporary = path.join(path.dirname(target), `.${randomBytes(6).toString('hex')}.baton`)
    try {
      await pipeline(content, createWriteStream(temporary, { flags: 'wx' }))
      if (change === 'appended' && (await lstatOf(target))) {
        await appendFile(target, await readFile(temporary))
      } else {
        const before = await lstatOf(target)
        if (before || executable) await chmod(temporary, before ? before.mode & 0o777 : 0o755)
        await rename(temporary, target)
      }
    } finally {
      await rm(temporary, { force: true })
    }
    if (change !== 'appended') this.#written.set(name, { module, hash })
  }

  async #conflictOf(target: string, { name, change, module, hash, sent }: FileEvent): Promise<string | undefined> {
    const existing = await lstatOf(target)
    if (existing && !existing.isFile()) {
      return existing.isDirectory() ? 'the project has a folder of that name' : 'the project has a link of that name'
    }
    const earlier = this.#written.get(name)
    if (earlier?.module === module || change === 'appended') return undefined
    if (earlier) {
      const other = this.options.moduleNames.get(earlier.module) ?? 'another module'
      return earlier.hash === hash ? undefined : `${other} wrote different content to it`
    }
    if (!existing) return change === 'deleted' ? 'the project no longer has it' : undefined
    if (sent === undefined && existing.mtimeMs < this.#startedAt) return undefined
    const current = sha256(await readFile(target))
    return current === sent || current === hash ? undefined : 'it has changed in the project since the run started'
  }

  /** A folder of the project may be a link to somewhere else. */
  async #leadsOut(folder: string): Promise<string | undefined> {
    const root = await realpath(this.options.cwd)
    for (let existing = folder; ; existing = path.dirname(existing)) {
      const real = await realpath(existing).catch(() => undefined)
      if (real === undefined && !(await lstatOf(existing))) continue
      if (real === undefined) return 'a link in its path leads nowhere'
      return real === root || real.startsWith(`${root}${path.sep}`)
        ? undefined
        : 'a link in its path leads out of the project'
    }
  }
}

async function lstatOf(file: string): Promise<Stats | undefined> {
  return lstat(file).catch(() => undefined)
}
