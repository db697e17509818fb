import { withTimeout } from '../../process/deadline.js'
import type { LeaseScripts } from '../../lease/lease-scripts.js'
import { History, type HistoryStore } from './history.js'
import { parseModuleHistory } from './history-json.js'
import { historyLimits, type ModuleHistoryUpdate, type ModuleHistory } from './module-history.js'

/** Modules in one script, or in one reply. */
const batch = 100
/** The history of a project that nobody runs any more goes after this long: 90 days. */
const keepMs = 90 * 24 * 3_600_000
/** A Redis that does not answer must not keep a run from its end. */
const answerMs = 5_000

/** A history in the farm's Redis, one for each project: all who run the project on the farm share it. */
export class FarmHistory implements HistoryStore {
  /** @param project - tells apart what different projects call by the same file */
  constructor(
    private readonly scripts: LeaseScripts,
    private readonly project: string,
  ) {}

  /** Piece by piece, so that a long history holds up nobody. */
  async read(): Promise<History> {
    const modules = new Map<string, ModuleHistory>()
    const key = this.scripts.key('history', this.project)
    for (let cursor = '0', begun = false; !begun || cursor !== '0'; begun = true) {
      const [next, fields] = await this.scripts.redis.hscan(key, cursor, 'COUNT', batch)
      for (let i = 0; i + 1 < fields.length; i += 2) {
        const past = parseModuleHistory(parseJson(fields[i + 1] ?? ''))
        if (past) modules.set(fields[i] ?? '', past)
      }
      cursor = next
    }
    return new History(modules)
  }

  async add(changes: readonly ModuleHistoryUpdate[]): Promise<void> {
    // where Redis is gone, the run's results are worth more than a guess at the next one's
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
