import { join } from 'node:path'
import { BatonError, combineErrors } from '../error/baton-error.js'
import type { ArtifactEvent, FileEvent, RunEvent } from '../event/run-event.js'
import type { ModuleRunSummary } from '../run/history/history-updates.js'
import { ArtifactFolder } from './artifact-folder.js'
import { openEventLog, type EventLog } from './event-log.js'
import { createReportDirectory } from './report-directory.js'
import type { Reporter } from './reporter.js'
import { summarizeModules, toRunRecord, totalsOf, type RunRecord } from './run-record.js'
import { applyEvent, newRunState } from './run-state.js'
import { writeReports } from './write-reports.js'
import { moduleName } from './plain-text.js'

export interface RunReportOptions {
  /** e.g. `baton-report` */
  outputDirectory: string
  run: string
  /** Another file for the JUnit report, in addition to the one in the run's folder. */
  junit?: string
}

/** All files of a run's report: events as they happen, run.json and junit.xml at the end. The caller masks secrets. */
export class RunReport {
  readonly #state = newRunState()
  readonly #artifacts: ArtifactFolder
  #logFailure: BatonError | undefined

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

  /** If an event cannot be written, the log ends there; the run and its other reports continue, and `end` throws. */
  add(event: RunEvent): void {
    if (!this.#logFailure) this.#append(event)
    this.reporter.event(event, this.#state, applyEvent(this.#state, event))
  }

  #append(event: RunEvent): void {
    try {
      this.log.append([event])
    } catch (error) {
      if (!(error instanceof BatonError)) throw error
      this.#logFailure = error
    }
  }

  /** Writes a file of the run. @returns its path below the folder, with `/` */
  async saveArtifact(event: ArtifactEvent | FileEvent, content: AsyncIterable<Buffer>): Promise<string> {
    const listing = this.#state.modules.get(event.module)?.listing
    return this.#artifacts.save(event, listing ? moduleName(listing) : event.module, content)
  }

  /** What is known of the run. */
  record(): RunRecord {
    return toRunRecord(this.#state)
  }

  /** How each module ended, for the history. */
  moduleSummaries(): ModuleRunSummary[] {
    return summarizeModules(this.record())
  }

  /**
   * Modules by verdict, tests by state, as far as they are known.
   * @param suite - of a plan; default: the whole run
   */
  totals(suite?: string): RunRecord['totals'] {
    const { totals, modules } = this.record()
    return suite === undefined ? totals : totalsOf(modules.filter(module => module.suite === suite))
  }

  /**
   * Adds the run's end, which is its last event, shows the totals, and writes run.json and junit.xml.
   * @throws the errors of all files that could not be written, after the others are written
   */
  async end(exitCode: number, interrupted?: string): Promise<RunRecord> {
    // The last event's time: a run may be followed long after it ended.
    const at = this.#state.lastAt
    const durationMs = at - (this.#state.firstAt ?? at)
    this.add({ type: 'run:end', at, exitCode, durationMs, ...(interrupted !== undefined && { interrupted }) })
    const record = this.record()
    this.reporter.end(record)
    const failures: unknown[] = this.#logFailure ? [this.#logFailure] : []
    await writeReports(this.directory, record, this.options.junit).catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw combineErrors(failures)
    return record
  }

  close(): void {
    this.log.close()
  }
}
