import type { ArtifactEvent, FileEvent } from '../event/run-event.js'

/** File systems allow names of 255 bytes; a letter takes up to four. */
const maxNameLength = 60

/**
 * The path of an artifact below the report's folder: readable, safe on every file system and unique, whatever the titles.
 * @param file - of the module, as shown to the user
 */
export function artifactPath(event: ArtifactEvent, file: string, names: UniqueNames): string {
  const { module, lease, title, role, kind, name } = event
  const folder = attemptFolder(event, file, names)
  const failure = title ? title.map(part => part.slice(0, 1_000)).join(' ') : 'module'
  const failed = names.of(`${folder}/${safeName(failure)}`, `${module} ${lease} ${JSON.stringify(title ?? null)}`)
  const extension = extensionOf(name)
  const plain = name.slice(0, name.length - extension.length)
  // A trace is about all devices.
  const base = safeName(kind === 'trace' ? plain : `${role}-${plain}`)
  return names.fresh(`${failed}/${base}`, extension)
}

/** The path of a file that a module attached, or of a copy of one that it wrote: below `files`, with the folders that the module chose. */
export function writtenFilePath(event: FileEvent, file: string, names: UniqueNames): string {
  const folder = attemptFolder(event, file, names)
  const parts = event.name.split('/').filter(part => part !== '..')
  const name = parts.pop() ?? ''
  const extension = extensionOf(name)
  const base = safeName(name.slice(0, name.length - extension.length))
  const kind = event.change === 'attached' ? 'attachments' : 'files'
  return names.fresh([folder, kind, ...parts.map(safeName), base].join('/'), extension)
}

function attemptFolder(
  { module, lease, attempt }: Pick<ArtifactEvent, 'module' | 'lease' | 'attempt'>,
  file: string,
  names: UniqueNames,
): string {
  const modulePath = file.split('/').map(safeName).join('/')
  // An attempt that infrastructure ended has the same number as the next one.
  return names.of(`artifacts/${modulePath}/${attempt}`, `${module} ${lease}`)
}

function extensionOf(name: string): string {
  return /\.[a-z0-9]{1,8}$/.exec(name)?.[0] ?? ''
}

/** One name of a path, of letters, digits and `-._` only; never empty, hidden, or special to a system. */
export function safeName(text: string): string {
  const plain = text
    .slice(0, 1_000)
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '')
  const short = Array.from(plain)
    .slice(0, maxNameLength)
    .join('')
    .replaceAll(/[-.]+$/g, '')
  return short === '' ? '_' : short
}

/** Numbers paths that some file system would take for the same. */
export class UniqueNames {
  readonly #owners = new Map<string, string>()
  #unnamed = 0

  /** The path of an owner, always the same. */
  of(path: string, owner: string): string {
    return this.#take(path, '', owner)
  }

  /** A path that was not used before. */
  fresh(path: string, extension: string): string {
    this.#unnamed += 1
    return this.#take(path, extension, String(this.#unnamed))
  }

  #take(path: string, extension: string, owner: string): string {
    for (let number = 1; ; number++) {
      const candidate = `${path}${number === 1 ? '' : `-${number}`}${extension}`
      const taken = this.#owners.get(fold(candidate))
      if (taken !== undefined && taken !== owner) continue
      this.#owners.set(fold(candidate), owner)
      return candidate
    }
  }
}

const fold = (path: string): string => path.normalize('NFKD').toLowerCase()
