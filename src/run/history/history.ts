import {
  estimateDurationMs,
  emptyModuleHistory,
  computePassRate,
  type ModuleHistoryUpdate,
  type ModuleHistory,
  type ResultHistory,
  type PassRate,
} from './module-history.js'

/** What is known of modules from runs before. Where it is kept is up to a HistoryStore. */
export class History {
  /** @param modules - by file, as the user knows it */
  constructor(private readonly modules: ReadonlyMap<string, ModuleHistory>) {}

  /**
   * @param device - where the module is to run on this one
   * @returns milliseconds; undefined where it never ran
   */
  expectedMs(file: string, device?: string): number | undefined {
    return estimateDurationMs(this.#pastOf(file, device)) ?? estimateDurationMs(this.#pastOf(file))
  }

  /** @returns undefined where it never ran */
  passRate(file: string, device?: string): PassRate | undefined {
    return computePassRate(this.#pastOf(file, device)) ?? computePassRate(this.#pastOf(file))
  }

  /** Whether its last result, on whatever device, was a failure. */
  hasFailed(file: string): boolean {
    return this.#pastOf(file).failed
  }

  /** Devices on which its last result was a failure. */
  failedDevices(file: string): string[] {
    const { devices } = this.modules.get(file) ?? emptyModuleHistory
    return [...devices].flatMap(([name, { failed }]) => (failed ? [name] : []))
  }

  /** Every file that something is known of. */
  get files(): string[] {
    return [...this.modules.keys()]
  }

  #pastOf(file: string, device?: string): ResultHistory {
    const module = this.modules.get(file) ?? emptyModuleHistory
    return device === undefined ? module : (module.devices.get(device) ?? emptyModuleHistory)
  }
}

/** Where pasts are kept. */
export interface HistoryStore {
  /** What can't be read is not known, and no error; but where a farm can't be asked, this rejects. */
  read(): Promise<History>
  /** Adds what one run has found out; runs that end at the same time lose nothing of one another. Never rejects. */
  add(changes: readonly ModuleHistoryUpdate[]): Promise<void>
}
