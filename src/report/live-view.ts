import { widthOf } from './fit-text.js'
import { moduleName, plainLine } from './plain-text.js'
import type { RunChange, RunState } from './run-state.js'

/**
 * What a live view adds to the state of its run: short names, and times of the clock that shows them, because those of
 * the hosts may differ. As little as fits on a screen, so that a frame costs the same in a run of ten thousand modules.
 */
export class LiveView {
  /** Id → file, without the folder that all modules share. */
  readonly names = new Map<string, string>()
  /** Columns that the widest of these names takes. */
  nameWidth = 0
  /** By lease. */
  readonly #attemptsStartedAt = new Map<string, number>()

  constructor(
    readonly state: RunState,
    public startedAt: number,
  ) {}

  update(changes: readonly RunChange[], now: number): void {
    for (const change of changes) {
      if (change.type === 'run-started') {
        this.startedAt = now
        this.#nameModules(change)
      }
      if (change.type === 'attempt-started') this.#attemptsStartedAt.set(change.attempt.lease, now)
      if (change.type === 'module-ended') {
        for (const lease of change.module.attempts.keys()) this.#attemptsStartedAt.delete(lease)
      }
    }
  }

  attemptStartedAt(lease: string): number {
    return this.#attemptsStartedAt.get(lease) ?? this.startedAt
  }

  #nameModules({ modules }: Extract<RunChange, { type: 'run-started' }>): void {
    const folder = sharedFolder(modules.map(({ file }) => file))
    for (const module of modules) {
      const name = plainLine(moduleName({ ...module, file: module.file.slice(folder.length) }))
      this.names.set(module.id, name)
      this.nameWidth = Math.max(this.nameWidth, widthOf(name))
    }
  }
}

/** The folder that all files are in, with a `/` at its end. */
function sharedFolder(files: readonly string[]): string {
  const [first = '', ...rest] = files
  let folder = first.slice(0, first.lastIndexOf('/') + 1)
  for (const file of rest) {
    while (!file.startsWith(folder)) folder = folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1)
  }
  return folder
}
