import { dirname, join } from 'node:path'
import { allSettledOrThrow, BatonError } from '../../error/baton-error.js'
import { errorMessage } from '../../error/error-text.js'
import { writeError } from '../../error/write-error.js'
import { withTimeout } from '../../process/deadline.js'
import { safeName, UniqueNames } from '../artifact-path.js'
import { formatHtml } from '../html/format-html.js'
import { formatJunit } from '../junit.js'
import { moduleName } from '../plain-text.js'
import type { OwnReporterRequest, ReporterRequest } from '../reporter-request.js'
import { writeWdioReport, type WdioOutput } from '../wdio/write-wdio-report.js'
import { replaceFile } from '../write-reports.js'
import { writeAllure } from './allure.js'
import { formatCtrf } from './ctrf.js'
import type { FinishedRun } from './finished-run.js'
import { formatPerfetto } from './perfetto.js'
import { writePlaywrightTraces } from './playwright-trace.js'
import { formatTranscript, hasTranscript } from './transcript.js'

/** Milliseconds that one export may take. */
const exportDeadlineMs = 60_000

/**
 * Writes what `--reporter` asks for, after the run's own reports. An export that fails or takes too long harms neither the
 * run nor the other exports.
 * @param deadlineMs - milliseconds that one export may take
 * @throws BatonError BATON_WRITE_FAILED for each export that the system would not write; others that fail are warnings
 */
export async function writeExports(
  requests: readonly ReporterRequest[],
  run: FinishedRun,
  output: WdioOutput,
  deadlineMs: number = exportDeadlineMs,
): Promise<void> {
  await allSettledOrThrow(
    requests.map(async request => {
      const name = request.name === 'wdio' ? request.module : request.name
      try {
        if (request.name === 'wdio') await writeWdioReport(request, run, { ...output, deadlineMs })
        else {
          await withTimeout(writeExport(request, run), deadlineMs, () => {
            throw new Error(`it took longer than ${deadlineMs / 1_000} s`)
          })
        }
      } catch (error) {
        const problem = writeError(error, `the report '${name}'`, placeOf(error, request) ?? run.directory)
        if (problem instanceof BatonError && problem.code === 'BATON_WRITE_FAILED') throw problem
        output.warn(`the report '${name}' could not be written: ${errorMessage(error)}`)
      }
    }),
  )
}

/** Node names the file only if it could not be opened. */
function placeOf(error: unknown, request: ReporterRequest): string | undefined {
  const { path } = error as { path?: unknown }
  return typeof path === 'string' ? path : 'file' in request ? request.file : undefined
}

async function writeExport({ name, file }: OwnReporterRequest, run: FinishedRun): Promise<void> {
  const { record, directory } = run
  switch (name) {
    case 'console':
      return
    case 'json':
      if (file !== undefined) await writeOutside(file, `${JSON.stringify(record, undefined, 2)}\n`)
      return
    case 'junit':
      if (file !== undefined) await writeOutside(file, formatJunit(record, directory))
      return
    case 'html':
      return writeOne(run, file, 'index.html', await formatHtml(run, file === undefined ? directory : dirname(file)))
    case 'allure':
      return writeAllure(run, file ?? join(directory, 'allure-results'), file === undefined ? 0o600 : 0o666)
    case 'ctrf':
      return writeOne(run, file, 'ctrf.json', await formatCtrf(run))
    case 'perfetto':
      return writeOne(run, file, 'run.pftrace', await formatPerfetto(run))
    case 'playwright-trace':
      return writePlaywrightTraces(run, file ?? join(directory, 'playwright-trace'), file === undefined ? 0o600 : 0o666)
    case 'transcript':
      return writeTranscripts(run, file)
  }
}

async function writeOne(
  { directory }: FinishedRun,
  file: string | undefined,
  name: string,
  text: string | Buffer,
): Promise<void> {
  if (file === undefined) await replaceFile(join(directory, name), text, 0o600)
  else await writeOutside(file, text)
}

/** Outside of the report, other users may read it: the user has named the place. */
async function writeOutside(file: string, text: string | Buffer): Promise<void> {
  await replaceFile(file, text, 0o666)
}

/** One file for each module that failed, in one folder. */
async function writeTranscripts(run: FinishedRun, named: string | undefined): Promise<void> {
  const folder = named ?? join(run.directory, 'transcripts')
  const names = new UniqueNames()
  for (const module of run.record.modules.filter(hasTranscript)) {
    const file = names.fresh(safeName(moduleName(module)), '.md')
    await replaceFile(join(folder, file), await formatTranscript(run, module), named === undefined ? 0o600 : 0o666)
  }
}
