import { countOf, shortName } from '../../error/closest-name.js'
import { errorMessage } from '../../error/error-text.js'
import type { FileEvent } from '../../event/run-event.js'
import { isDotenvFile } from '../../module/dotenv-file.js'
import type { RunFiles } from '../../lease/run-files.js'
import { HashedContent } from '../hashed-content.js'
import type { AttemptTask } from './attempt.js'
import type { AttemptLog } from './attempt-log.js'
import type { FolderChanges, FoundFile, WorkFolder } from './work-folder.js'

/** What one attempt may bring back. */
export const writtenLimits = { files: 1_000, fileBytes: 64 * 2 ** 20, totalBytes: 128 * 2 ** 20 }

/** Names shown in a warning. */
const namesShown = 3

type FileDetails = Pick<FileEvent, 'name' | 'change' | 'bytes' | 'executable' | 'hash' | 'sent' | 'key' | 'reason'>

/** Brings back what the module of one attempt wrote into its folder. */
export class WrittenFiles {
  readonly #appended = new Set<string>()

  constructor(
    private readonly files: Pick<RunFiles, 'storeArtifact'>,
    private readonly task: AttemptTask,
    private readonly log: Pick<AttemptLog, 'add'>,
  ) {}

  /** The module appends to a file that is not in its folder; absolute. */
  addAppend(file: string): void {
    if (this.#appended.size < writtenLimits.files) this.#appended.add(file)
  }

  /** Stores the files and adds their events. Never rejects: the attempt is judged without them. */
  async collect(folder: Pick<WorkFolder, 'changes'>): Promise<void> {
    try {
      const changes = await folder.changes()
      for (const warning of warningsOf(changes)) this.log.add({ type: 'warning', message: warning })
      for (const { name, sent } of changes.deleted) this.#add({ name, sent, change: 'deleted', bytes: 0 })
      let total = 0
      for (const [index, found] of changes.found.slice(0, writtenLimits.files).entries()) {
        total += await this.#bringBack(found, index, writtenLimits.totalBytes - total)
      }
    } catch (error) {
      this.log.add({
        type: 'warning',
        message: `files that the module wrote did not come back: ${errorMessage(error)}`,
      })
    }
  }

  /** @returns the bytes that were stored */
  async #bringBack(found: FoundFile, index: number, room: number): Promise<number> {
    const { file, name, bytes, isExecutable, sent } = found
    const change = this.#changeOf(found)
    const executable = isExecutable ? { executable: true as const } : {}
    const details = { name, change, bytes, ...executable, ...(sent !== undefined && { sent }) } as const
    const problem = isDotenvFile(name) ? '.env files are never copied back' : sizeProblem(bytes, room)
    try {
      if (sent !== undefined && (await hashOf(file)) === sent) return 0
      if (problem !== undefined) {
        this.#add({ ...details, reason: problem })
        return 0
      }
      const content = new HashedContent(file, Math.min(room, writtenLimits.fileBytes))
      const { run, lease } = this.task.grant
      const key = [lease, 'written', index].join('/')
      const isStored = bytes === 0 || (await this.files.storeArtifact({ run, lease, key }, content.read(), 'large'))
      const { hash } = content
      if (isStored) this.#add({ ...details, bytes: content.bytes, hash, key })
      else this.#add({ ...details, reason: 'too many files of the run wait to be fetched' })
      return content.bytes
    } catch (error) {
      this.#add({ ...details, reason: errorMessage(error) })
      return 0
    }
  }

  #changeOf({ file, sent, isAttachment }: FoundFile): FileEvent['change'] {
    if (isAttachment) return 'attached'
    return sent !== undefined ? 'changed' : this.#appended.has(file) ? 'appended' : 'added'
  }

  #add(details: FileDetails): void {
    this.log.add({ type: 'file', attempt: this.task.attempt, ...details })
  }
}

function sizeProblem(bytes: number, room: number): string | undefined {
  const { fileBytes, totalBytes } = writtenLimits
  if (bytes > fileBytes) return `${megabytes(bytes)} is over the limit of ${megabytes(fileBytes)} for one file`
  return bytes > room ? `all files of a module may have at most ${megabytes(totalBytes)}` : undefined
}

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MB`

/** What can't come back at all. */
function warningsOf({ found, special, incomplete }: FolderChanges): string[] {
  const { files } = writtenLimits
  const shown = special.slice(0, namesShown).map(name => `'${shortName(name)}'`)
  const others = special.length - shown.length
  const names = [...shown, ...(others > 0 ? [`${others} others`] : [])].join(', ')
  const more = incomplete ? 'more' : String(found.length - files)
  return [
    ...(special.length > 0
      ? [`links, sockets and unreadable files that the module made did not come back: ${names}`]
      : []),
    ...(incomplete || found.length > files
      ? [`only the first ${countOf(files, 'file')} that the module wrote came back; there are ${more} others`]
      : []),
  ]
}

async function hashOf(file: string): Promise<string> {
  const content = new HashedContent(file, Infinity)
  for await (const part of content.read()) void part
  return content.hash
}
