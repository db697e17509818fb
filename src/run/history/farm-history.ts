import { withTimeout } from '../../process/deadline.js'
import type { LeaseScripts } from '../../lease/lease-scripts.js'
import { History, type HistoryStore } from './history.js'
import { parseModuleHistory } from './history-json.js'
import { historyLimits, type ModuleHistoryUpdate, type ModuleHistory } from './module-history.js'
import { parseJson } from '../../process/parse-json.js'

/** Modules in one script call, or in one reply. */
const batch = 100
/** Redis deletes the history of a project that nobody has run for this long. */
const keepMs = 90 * 24 * 3_600_000
/** A Redis that does not answer must not keep a run from ending. */
const answerMs = 5_000

/** The history of a project in the farm's Redis, shared by everyone who runs the project on the farm. */
export class FarmHistory implements HistoryStore {
  /** @param project - separates modules of different projects that have the same path */
  constructor(
    private readonly scripts: LeaseScripts,
    private readonly project: string,
  ) {}

  /** In batches, so that a long history does not block Redis. */
  async read(): Promise<History> {
    const modules = new Map<string, ModuleHistory>()
    const key = this.scripts.key('history', this.project)
    for (let cursor = '0', started = false; !started || cursor !== '0'; started = true) {
      const [next, fields] = await this.scripts.redis.hscan(key, cursor, 'COUNT', batch)
      for (let i = 0; i + 1 < fields.length; i += 2) {
        const history = parseModuleHistory(parseJson(fields[i + 1] ?? ''))
        if (history) modules.set(fields[i] ?? '', history)
      }
      cursor = next
    }
    return new History(modules)
  }

  async add(changes: readonly ModuleHistoryUpdate[]): Promise<undefined> {
    // If Redis is unreachable, the run's own results must still be reported.
    await this.#add(changes).catch(() => {})
  }

  async #add(changes: readonly ModuleHistoryUpdate[]): Promise<void> {
    const limits = [historyLimits.modules, historyLimits.devices, historyLimits.results, keepMs]
    for (let start = 0; start < changes.length; start += batch) {
      const part = changes.slice(start, start + batch).map(change => JSON.stringify(toJson(change)))
      await withTimeout(this.scripts.call('add-history', this.project, ...limits, ...part), answerMs, () => {
        throw new Error(`no answer within ${answerMs} ms`)
      })
    }
  }
}

function toJson(change: ModuleHistoryUpdate): unknown {
  return { ...change, devices: [...change.devices] }
}
