import type { RunEvent } from '../../event/run-event.js'
import type { ModuleVerdict } from '../../event/verdicts.js'
import { Exploration, type FoundBug } from '../../explore/exploration.js'
import type { FileTargets } from '../deliver-artifact.js'
import type { ModuleEnd } from '../module-end.js'

/** Who found a bug. */
export interface Finder {
  module: string
  host: string
  /** Numbers the jobs that run at the same time, from 1. */
  worker: number
}

export interface RelayTargets {
  onEvent: (event: RunEvent) => void
  fileTargets: FileTargets
  /** Prints a line for people. */
  warn: (line: string) => void
  /** Called for each new bug, and again once its fewest holds are known. */
  onBug: (bug: FoundBug, found: Finder) => void
}

/**
 * Shows the jobs of one module as attempts of that module: `4#1`, `4#2`, … become `4`. It also collects what their
 * iterations found.
 */
export class ModuleRelay {
  readonly exploration = new Exploration()
  /** How each job ended. */
  readonly ends: ModuleEnd[] = []
  /** The error of the last job that failed as a whole, or because the module has a mistake. */
  jobError: string | undefined
  readonly fileTargets: FileTargets
  #lastLease: string | undefined
  #failedLease: string | undefined
  /** By lease. */
  readonly #attempts = new Map<string, { attempt: number; host: string; job: string }>()
  /** By job. */
  readonly #workers = new Map<string, number>()

  constructor(
    readonly module: string,
    private readonly targets: RelayTargets,
  ) {
    const { project, saveArtifact } = targets.fileTargets
    this.fileTargets = { project, saveArtifact: (event, content) => saveArtifact(this.#renamed(event), content) }
  }

  /** Receives an event of a run of the module's jobs. */
  readonly onEvent = (event: RunEvent): void => {
    if (event.type === 'run:start') return
    if (event.type === 'module:end') return this.#endJob(event)
    if (!('lease' in event)) return this.targets.onEvent('module' in event ? { ...event, module: this.module } : event)
    const renamed = this.#renamed(event)
    if (renamed.type === 'attempt:end') this.#endAttempt(renamed)
    // Those of iterations don't come here.
    if (renamed.type === 'test:end' && renamed.error) this.jobError = renamed.error.message
    this.targets.onEvent(renamed)
    const { exploration } = this
    const { lease } = renamed
    if (renamed.type === 'explore:iteration') this.#report(exploration.add(renamed.iteration, lease), lease)
    if (renamed.type === 'explore:minimised') this.#report(exploration.minimise(renamed.minimised), lease)
  }

  /** A job is about to be submitted. */
  addJob(job: string, worker: number): void {
    this.#workers.set(job, worker)
  }

  /** @param reasons - of `lost` and `not-run` */
  end(verdict: ModuleVerdict, reasons: readonly string[] = []): void {
    const lease = verdict === 'failed' ? (this.#failedLease ?? this.#lastLease) : this.#lastLease
    this.targets.onEvent({
      type: 'module:end',
      module: this.module,
      verdict,
      attempts: this.#attempts.size,
      ...(lease !== undefined && { lease }),
      ...(reasons.length > 0 && { reasons: [...reasons] }),
      at: Date.now(),
    })
  }

  #endJob(end: ModuleEnd): void {
    this.ends.push(end)
    if (end.verdict !== 'lost') return
    const reasons = [...new Set(end.reasons)].join('; ')
    this.targets.warn(`a part of exploring module ${this.module} was lost: ${reasons}`)
  }

  #endAttempt({ lease, verdict, error }: Extract<RunEvent, { type: 'attempt:end' }>): void {
    this.#lastLease = lease
    if (verdict !== 'failed') return
    this.#failedLease ??= lease
    if (error) this.jobError = error.message
  }

  #report(bug: FoundBug | undefined, lease: string): void {
    if (!bug) return
    const { host = '', job = '' } = this.#attempts.get(lease) ?? {}
    this.targets.onBug(bug, { module: this.module, host, worker: this.#workers.get(job) ?? 1 })
  }

  /** Attempts are numbered through all jobs. */
  #renamed<Event extends RunEvent & { lease: string; module: string }>(event: Event): Event {
    const { lease } = event
    const host = event.type === 'attempt:start' ? event.host : (this.#attempts.get(lease)?.host ?? '')
    const attempt = this.#attempts.get(lease)?.attempt ?? this.#attempts.size + 1
    this.#attempts.set(lease, { attempt, host, job: event.module })
    return { ...event, module: this.module, ...('attempt' in event && { attempt }) }
  }
}
