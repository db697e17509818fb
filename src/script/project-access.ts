import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { explainMissingFile, unsentHint, type UnpackedModule } from '../module/missing-file.js'
import type { FileWatcher } from './file-watch.js'

/** Kept: watching must not watch itself. */
const { existsSync } = fs

export interface ProjectWarning {
  message: string
  hint?: string
}

/** Files named in one warning. */
const namesShown = 5

/** What one module wants of its project's files: finds those that it looked for, but that were not sent with it. */
export class ProjectAccess implements FileWatcher {
  readonly #module: UnpackedModule
  readonly #onAppend: (file: string) => void
  /** Absolute paths. */
  readonly #unsent: ReadonlySet<string>
  readonly #missed = new Set<string>()
  readonly #listed = new Set<string>()
  readonly #written = new Set<string>()
  readonly #explained = new Set<string>()

  /** @param onAppend - called once for each file that the module appends to although it does not exist in its folder */
  constructor(module: UnpackedModule, onAppend: (file: string) => void) {
    this.#module = module
    this.#onAppend = onAppend
    this.#unsent = new Set(module.unsent?.map(file => path.join(module.directory, file)))
  }

  read(file: string): void {
    if (this.#unsent.has(file) && !existsSync(file)) this.#missed.add(file)
  }

  list(folder: string, recursive: boolean): void {
    const isIn = (file: string): boolean =>
      recursive ? file.startsWith(folder + path.sep) : path.dirname(file) === folder
    for (const file of this.#unsent) if (isIn(file) && !existsSync(file)) return void this.#listed.add(folder)
  }

  write(file: string): void {
    if (this.#written.size < maxWritten) this.#written.add(file)
  }

  append(file: string): void {
    const isNew = !this.#written.has(file) && !existsSync(file) && file.startsWith(this.#module.directory)
    this.write(file)
    if (isNew) this.#onAppend(file)
  }

  /** @throws BatonError BATON_FILE_NOT_SHIPPED */
  assertPageWasSent(url: string): void {
    const file = url.replace(/[?#].*/, '')
    if (!URL.canParse(file) || new URL(file).host !== '') return
    const page = fileURLToPath(file)
    if (!existsSync(page))
      throwUnlessSame(new Error(`net::ERR_FILE_NOT_FOUND at ${file}`), error => this.explain(error))
  }

  /** As `explainMissingFile`, for what this module read. */
  explain(error: unknown): unknown {
    return explainMissingFile(error, this.#module, {
      wrote: file => this.#written.has(file),
      explained: file => this.#explained.add(file),
    })
  }

  /** What the module looked for without an error that says so. */
  warnings(): ProjectWarning[] {
    const missed = [...this.#missed].filter(file => !this.#explained.has(file) && !existsSync(file))
    const listed = [...this.#listed].filter(folder => !this.#explained.has(folder))
    return [
      ...(missed.length > 0 ? [this.#missedWarning(missed)] : []),
      ...listed.slice(0, namesShown).map(folder => this.#listedWarning(folder)),
    ]
  }

  #missedWarning(files: readonly string[]): ProjectWarning {
    const names = files.slice(0, namesShown).map(file => `'${this.#nameOf(file)}'`)
    const more = files.length > names.length ? ` and ${files.length - names.length} more` : ''
    const areIn = files.length === 1 ? 'is in the project, but was' : 'are in the project, but were'
    const [first = ''] = files
    return {
      message: `the module looked for ${names.join(', ')}${more}, which ${areIn} not sent with it`,
      hint: unsentHint(this.#module, first),
    }
  }

  #listedWarning(folder: string): ProjectWarning {
    const name = this.#nameOf(folder)
    return {
      message: `the module listed '${name === '' ? '.' : name}', but not all files of that folder were sent with it`,
      hint: unsentHint(this.#module, `${folder}/**`),
    }
  }

  #nameOf(file: string): string {
    return path.relative(path.join(this.#module.directory, this.#module.base ?? ''), file)
  }
}

function throwUnlessSame(error: Error, explain: (error: unknown) => unknown): void {
  const explained = explain(error)
  if (explained !== error) throw explained
}

/** A module may write without end. */
const maxWritten = 10_000
