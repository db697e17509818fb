import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { errorMessage } from '../../error/error-text.js'
import { writeError } from '../../error/write-error.js'
import { makeIgnoredDirectory } from '../../process/ignored-directory.js'
import { withLock } from '../../process/process-lock.js'
import { History, type HistoryStore } from './history.js'
import { parseModuleHistory, moduleHistoryToJson } from './history-json.js'
import {
  updateModuleHistory,
  historyLimits,
  emptyModuleHistory,
  type ModuleHistoryUpdate,
  type ModuleHistory,
} from './module-history.js'

const fileSchema = z.object({
  /** By file; unknown, so that an unreadable entry does not affect the others. */
  modules: z.record(z.string(), z.unknown()).default({}),
  /** Written by older versions: file → duration of the last pass in milliseconds. */
  durations: z.record(z.string(), z.number().nonnegative()).catch({}).default({}),
})

/** The history of a folder, in `.baton/history.json`. A missing or unreadable file is an empty history, not an error. */
export class FileHistory implements HistoryStore {
  constructor(private readonly file: string) {}

  async read(): Promise<History> {
    return new History(await this.#read())
  }

  async add(changes: readonly ModuleHistoryUpdate[]): Promise<string | undefined> {
    if (changes.length === 0) return undefined
    // If the history can't be written, the run's own results must still be reported.
    try {
      await this.#lockAndAdd(changes)
      return undefined
    } catch (error) {
      return errorMessage(writeError(error, 'the history', this.file))
    }
  }

  async #lockAndAdd(changes: readonly ModuleHistoryUpdate[]): Promise<void> {
    const folder = path.dirname(this.file)
    await makeIgnoredDirectory(folder)
    await withLock(path.join(folder, 'history.lock'), () => this.#add(changes))
  }

  async #add(changes: readonly ModuleHistoryUpdate[]): Promise<void> {
    const modules = await this.#read()
    for (const change of changes) {
      const before = modules.get(change.file) ?? emptyModuleHistory
      // At the end, so that it is the last to be dropped.
      modules.delete(change.file)
      modules.set(change.file, updateModuleHistory(before, change))
    }
    await this.#replace(formatModules([...modules].slice(-historyLimits.modules)))
  }

  async #read(): Promise<Map<string, ModuleHistory>> {
    try {
      return parseModules(JSON.parse(await readFile(this.file, 'utf8')))
    } catch {
      return new Map()
    }
  }

  /** Writes another file and renames it, so that a kill leaves either the old or the new history. */
  async #replace(text: string): Promise<void> {
    const draft = `${this.file}.${process.pid}.draft`
    try {
      await writeFile(draft, text)
      await rename(draft, this.file)
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
  }
}

function parseModules(json: unknown): Map<string, ModuleHistory> {
  const { modules, durations } = fileSchema.parse(json)
  const first = Object.entries(durations).map(([file, ms]): [string, ModuleHistory] => [
    file,
    { ...emptyModuleHistory, results: [[ms, 'passed']] },
  ])
  const rest = Object.entries(modules).flatMap(([file, value]): [string, ModuleHistory][] => {
    const history = parseModuleHistory(value)
    return history ? [[file, history]] : []
  })
  return new Map([...first, ...rest])
}

/** One module per line. */
function formatModules(modules: readonly (readonly [string, ModuleHistory])[]): string {
  const lines = modules.map(
    ([file, history]) => `${JSON.stringify(file)}: ${JSON.stringify(moduleHistoryToJson(history))}`,
  )
  return `{ "modules": {\n${lines.join(',\n')}\n} }\n`
}
