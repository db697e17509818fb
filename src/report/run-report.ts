import { join } from 'node:path'
import type { ArtifactEvent, RunEvent } from '../event/run-event.js'
import type { ModuleRunSummary } from '../run/history/history-updates.js'
import { ArtifactFolder } from './artifact-folder.js'
import { openEventLog, type EventLog } from './event-log.js'
import { writeJunit } from './junit.js'
import { createReportDirectory } from './report-directory.js'
import { moduleName } from './module-name.js'
import type { Reporter } from './reporter.js'
import { writeRunJson } from './run-json.js'
import { summarizeModules, toRunRecord, totalsOf, type RunRecord } from './run-record.js'
import { applyEvent, newRunState } from './run-state.js'

export interface RunReportOptions {
  /** e.g. `baton-report` */
  outputDirectory: string
  run: string
  /** Another place for junit.xml, beside the one in the run's folder. */
  junit?: string
}

/**
 * Everything that is written of a run: events as they happen, run.json and junit.xml at the end. Events are taken as they
 * come; masking them is up to the caller.
 */
export class RunReport {
  readonly #state = newRunState()
  readonly #artifacts: ArtifactFolder

  private constructor(
    /** Folder of this run. */
    readonly directory: string,
    private readonly options: RunReportOptions,
    private readonly log: EventLog,
    private readonly reporter: Reporter,
  ) {
    this.#artifacts = new ArtifactFolder(directory)
  }

  static async open(options: RunReportOptions, reporter: Reporter): Promise<RunReport> {
    const directory = await createReportDirectory(options.outputDirectory, options.run)
    const log = openEventLog(join(directory, 'events.ndjson'))
    return new RunReport(directory, options, log, reporter)
  }

  add(event: RunEvent): void {
    this.log.append([event])
    applyEvent(this.#state, event)
    this.reporter.event(event, this.#state)
  }

  /** Writes a file of the run. @returns its path below the folder, with `/` */
  async saveArtifact(event: ArtifactEvent, content: AsyncIterable<Buffer>): Promise<string> {
    const listing = this.#state.modules.get(event.module)?.listing
    return this.#artifacts.save(event, listing ? moduleName(listing) : event.module, content)
  }

  /** How each module ended: what the next run is to know of them. */
  moduleSummaries(): ModuleRunSummary[] {
    return summarizeModules(toRunRecord(this.#state))
  }

  /**
   * Modules by verdict, tests by state, as far as they are known.
   * @param suite - of a plan; without it, of the whole run
   */
  totals(suite?: string): RunRecord['totals'] {
    const { totals, modules } = toRunRecord(this.#state)
    return suite === undefined ? totals : totalsOf(modules.filter(module => module.suite === suite))
  }

  /** Adds the run's end, which is its last event, shows the totals, and writes run.json and junit.xml. */
  async end(exitCode: number, interrupted?: string): Promise<RunRecord> {
    // not now: whoever follows a run may come long after it
    const at = this.#state.lastAt
    const durationMs = at - (this.#state.firstAt ?? at)
    this.add({ type: 'run:end', at, exitCode, durationMs, ...(interrupted !== undefined && { interrupted }) })
    const record = toRunRecord(this.#state)
    this.reporter.end(record)
    await writeRunJson(this.directory, record)
    await writeJunit(join(this.directory, 'junit.xml'), record, this.directory)
    if (this.options.junit !== undefined) await writeJunit(this.options.junit, record, this.directory)
    return record
  }

  close(): void {
    this.log.close()
  }
}
