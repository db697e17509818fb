import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseTrace, type Trace } from '../../event/trace.js'
import type { ArtifactRecord, AttemptRecord, RunRecord } from '../run-schema.js'

/** A run that has ended, as exports see it. */
export class FinishedRun {
  /** @param directory - of its report */
  constructor(
    readonly record: RunRecord,
    readonly directory: string,
  ) {}

  /** @returns the trace of an attempt; undefined if it has none, or it can't be read */
  async traceOf({ artifacts }: AttemptRecord): Promise<Trace | undefined> {
    const file = artifacts.find(({ kind }) => kind === 'trace')
    const text = file && (await this.read(file))
    return text === undefined ? undefined : parseTrace(text)
  }

  /** @returns the text of an artifact; undefined if it can't be read */
  async read({ path }: Pick<ArtifactRecord, 'path'>): Promise<string | undefined> {
    return readFile(join(this.directory, path), 'utf8').catch(() => undefined)
  }
}
