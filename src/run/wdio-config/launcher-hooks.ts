import { formatLocation } from '../../error/baton-error.js'
import type { LoadedWdioConfig } from './read-wdio-config.js'
import { thrownError } from './thrown-error.js'
import type { ConfigHook } from './wdio-config-schema.js'

/** How many modules ended how, as `onComplete` gets them. */
export interface LauncherResults {
  finished: number
  passed: number
  retries: number
  failed: number
}

/** Runs the hooks of a configuration that belong to the process that starts the run. */
export class LauncherHooks {
  readonly #config: Record<string, unknown>
  readonly #capabilities: unknown

  /** @param warn - prints a line for the user */
  constructor(
    private readonly loaded: LoadedWdioConfig,
    private readonly warn: (line: string) => void,
  ) {
    const { capabilities = [], ...config } = loaded.exported
    this.#config = { rootDir: loaded.folder, ...config }
    this.#capabilities = capabilities
  }

  /**
   * Runs `onPrepare`, before modules are searched. What it changes in `specs`, `suites` and `exclude` counts. As in
   * WebdriverIO, an error is reported and the run continues, unless it is a SevereServiceError.
   */
  async prepare(): Promise<void> {
    const errors = await this.#call('onPrepare', [this.#config, this.#capabilities])
    for (const key of ['specs', 'suites', 'exclude']) this.loaded.exported[key] = this.#config[key]
    const [severe] = errors.filter(isSevere)
    if (severe !== undefined) throw this.#explain('onPrepare', severe)
  }

  /**
   * Runs `onComplete`, after the run has ended in any way.
   * @returns the exit code: 1 if a hook fails after a run that passed
   */
  async complete(exitCode: number, results: LauncherResults): Promise<number> {
    const errors = await this.#call('onComplete', [exitCode, this.#config, this.#capabilities, results])
    return errors.length > 0 && exitCode === 0 ? 1 : exitCode
  }

  /** Starts all at the same time, as WebdriverIO does. @returns what they threw */
  async #call(name: 'onPrepare' | 'onComplete', args: unknown[]): Promise<unknown[]> {
    const hooks: ConfigHook[] = this.loaded.config[name] ?? []
    const outcomes = await Promise.allSettled(hooks.map(async hook => hook.apply(this.loaded.exported, args)))
    const errors = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
    for (const error of errors) if (!isSevere(error)) this.warn(this.#describe(name, error))
    return errors
  }

  #explain(name: string, error: unknown): ReturnType<typeof thrownError> {
    return thrownError(error, `${name} failed`, { file: this.loaded.name }, stack => this.loaded.mapStack(stack))
  }

  #describe(name: string, error: unknown): string {
    const { message, place } = this.#explain(name, error)
    return `${place ? `${formatLocation(place)}: ` : ''}${message}`
  }
}

/** How WebdriverIO's services and hooks stop a run. */
function isSevere(error: unknown): boolean {
  return error instanceof Error && error.name === 'SevereServiceError'
}
