import {
  estimateDurationMs,
  emptyModuleHistory,
  computePassRate,
  type ModuleHistoryUpdate,
  type ModuleHistory,
  type ResultHistory,
  type PassRate,
} from './module-history.js'

/** Results of earlier runs, by module. */
export class History {
  /** @param modules - by file, as shown to the user */
  constructor(private readonly modules: ReadonlyMap<string, ModuleHistory>) {}

  /**
   * @param device - the device that the module will run on, if known
   * @returns milliseconds; undefined if the module has never run
   */
  expectedMs(file: string, device?: string): number | undefined {
    return estimateDurationMs(this.#historyOf(file, device)) ?? estimateDurationMs(this.#historyOf(file))
  }

  /** @returns undefined if the module has never run */
  passRate(file: string, device?: string): PassRate | undefined {
    return computePassRate(this.#historyOf(file, device)) ?? computePassRate(this.#historyOf(file))
  }

  /** Whether its last result was a failure, on any device. */
  hasFailed(file: string): boolean {
    return this.#historyOf(file).failed
  }

  /** Devices on which its last result was a failure. */
  failedDevices(file: string): string[] {
    const { devices } = this.modules.get(file) ?? emptyModuleHistory
    return [...devices].flatMap(([name, { failed }]) => (failed ? [name] : []))
  }

  /** All files that have a history. */
  get files(): string[] {
    return [...this.modules.keys()]
  }

  #historyOf(file: string, device?: string): ResultHistory {
    const module = this.modules.get(file) ?? emptyModuleHistory
    return device === undefined ? module : (module.devices.get(device) ?? emptyModuleHistory)
  }
}

/** Stores the history of modules. */
export interface HistoryStore {
  /** Entries that can't be read are ignored. Rejects if the farm is unreachable. */
  read(): Promise<History>
  /** Adds the results of one run. Safe if several runs end at the same time. Never rejects. */
  add(changes: readonly ModuleHistoryUpdate[]): Promise<string | undefined>
}
