import { once } from 'node:events'
import { mkdir, rmdir } from 'node:fs/promises'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { withTimeout } from '../../process/deadline.js'
import { spawnOwned, type OwnedProcess, type ProcessEnd } from '../../process/spawn-owned.js'
import type { FinishedRun } from '../export/finished-run.js'
import type { WdioReporterRequest } from '../reporter-request.js'
import { replaceFile } from '../write-reports.js'
import type { WdioMessage } from './wdio-message.js'
import { wdioRunners } from './wdio-events.js'

const mainFile = fileURLToPath(new URL('./wdio-reporter-main.js', import.meta.url))

/** How a report prints. */
export interface WdioOutput {
  /** Prints a line of the reporter. */
  print: (line: string) => void
  /** Prints a line about the reporter, for people. */
  warn: (line: string) => void
  /** Whether the terminal shows colours. */
  color: boolean
}

/**
 * Runs a WebdriverIO reporter on a run that has ended, in a process of its own.
 * @param deadlineMs - milliseconds until the process is killed
 * @throws if the reporter can't be loaded or created, ends its process, or doesn't end in time
 */
export async function writeWdioReport(
  request: WdioReporterRequest,
  run: FinishedRun,
  { print, warn, color, deadlineMs }: WdioOutput & { deadlineMs: number },
): Promise<void> {
  const message = await messageFor(request, run)
  const printed: string[] = []
  const reporter = await spawnOwned(
    process.execPath,
    ['--experimental-import-meta-resolve', '--no-warnings', mainFile],
    {
      ipc: true,
      env: {
        ...process.env,
        ...(color && request.file === undefined ? { FORCE_COLOR: '1' } : { NO_COLOR: '1', FORCE_COLOR: '0' }),
      },
      onLine: (line, stream) => {
        if (stream === 'stderr') warn(`the reporter '${request.module}': ${line}`)
        else if (request.file === undefined) print(line)
        else printed.push(`${line}\n`)
      },
    },
  )
  reporter.child.send(message, () => {})
  let isLate = false
  const end = await withTimeout(allOutputOf(reporter), deadlineMs, async () => {
    isLate = true
    return reporter.stop(0)
  })
  // Reporters that only print leave it empty.
  await rmdir(String(message.options['outputDir'])).catch(() => {})
  if (isLate) throw new Error(`it took longer than ${deadlineMs / 1_000} s`)
  if (request.file !== undefined) await replaceFile(request.file, printed.join(''), 0o666)
  if (end.code !== 0) throw new Error(`its process ended with ${end.signal ?? `code ${end.code}`}`)
}

/** Its end, after all that it printed: a busy machine may report the end long before it. */
async function allOutputOf({ child, exited }: OwnedProcess): Promise<ProcessEnd> {
  await once(child, 'close')
  // The last line is read after the pipe has closed.
  await setImmediate()
  return exited
}

async function messageFor(request: WdioReporterRequest, run: FinishedRun): Promise<WdioMessage> {
  const { module, options = {} } = request
  const name = path
    .basename(module)
    .replace(/\.\w+$/, '')
    .replace(/^wdio-|-reporter$/g, '')
  const given = request.outputDir ?? options['outputDir']
  const outputDir =
    typeof given === 'string' ? path.resolve(given) : path.join(path.resolve(run.directory), `wdio-${name}`)
  await mkdir(outputDir, { recursive: true })
  const runners: WdioMessage['runners'] = []
  for (const [index, record] of run.record.modules.entries()) {
    const traces = await Promise.all(record.attempts.map(async attempt => run.traceOf(attempt)))
    for (const { cid, events } of wdioRunners(record, { index, startedAt: run.record.startedAt }, traces)) {
      runners.push({ logFile: path.join(outputDir, logFileName(options['outputFileFormat'], cid, name)), events })
    }
  }
  return { module, cwd: process.cwd(), options: { ...options, outputDir }, runners }
}

/** A function in WebdriverIO's configuration; here a text in which `[cid]` is replaced. */
function logFileName(format: unknown, cid: string, name: string): string {
  const file = typeof format === 'string' ? format : `wdio-[cid]-${name}-reporter.log`
  return path.basename(file.replaceAll('[cid]', cid))
}
