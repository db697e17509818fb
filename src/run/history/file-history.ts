import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
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
  /** By file; unknown, because one that can't be read takes nothing from the others. */
  modules: z.record(z.string(), z.unknown()).default({}),
  /** All that was kept at first: file → milliseconds when it last passed. */
  durations: z.record(z.string(), z.number().nonnegative()).catch({}).default({}),
})

/** A folder's own history, in `.baton/history.json`. One that is missing or broken is no history, never an error. */
export class FileHistory implements HistoryStore {
  constructor(private readonly file: string) {}

  async read(): Promise<History> {
    return new History(await this.#read())
  }

  async add(changes: readonly ModuleHistoryUpdate[]): Promise<void> {
    if (changes.length === 0) return
    // where it can't be written, the run's results are worth more than a guess at the next one's
    await this.#lockAndAdd(changes).catch(() => {})
  }

  async #lockAndAdd(changes: readonly ModuleHistoryUpdate[]): Promise<void> {
    const folder = path.dirname(this.file)
    await mkdir(folder, { recursive: true })
    await withLock(path.join(folder, 'history.lock'), () => this.#add(changes))
  }

  async #add(changes: readonly ModuleHistoryUpdate[]): Promise<void> {
    const modules = await this.#read()
    for (const change of changes) {
      const before = modules.get(change.file) ?? emptyModuleHistory
      // behind the others, which makes it the last to go
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

  /** Written beside and renamed, so that a kill leaves the old or the new history. */
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
    const past = parseModuleHistory(value)
    return past ? [[file, past]] : []
  })
  return new Map([...first, ...rest])
}

/** A module a line. */
function formatModules(modules: readonly (readonly [string, ModuleHistory])[]): string {
  const lines = modules.map(([file, past]) => `${JSON.stringify(file)}: ${JSON.stringify(moduleHistoryToJson(past))}`)
  return `{ "modules": {\n${lines.join(',\n')}\n} }\n`
}
