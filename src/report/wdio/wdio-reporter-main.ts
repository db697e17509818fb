// The process of one WebdriverIO reporter: it may throw, hang, patch or exit without harm to the run.
import { once } from 'node:events'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { errorMessage } from '../../error/error-text.js'
import { wdioMessageSchema, type WdioMessage } from './wdio-message.js'

interface WdioReporter {
  emit(name: string, payload: unknown): boolean
  isSynchronised?: boolean
  outputStream?: { end?: (done: () => void) => void }
}
type ReporterClass = new (options: object) => WdioReporter

const RealDate = Date
let virtualNow: number | undefined

/** Reporters measure durations by the clock: it stands at the time of the event that they get. */
class EventDate extends RealDate {
  constructor(...given: [] | [number]) {
    super(...((given.length === 0 && virtualNow !== undefined ? [virtualNow] : given) as [number]))
  }
  static override now(): number {
    return virtualNow ?? RealDate.now()
  }
}

const reported = new Set<string>()

/** Each problem once: a reporter may throw at every event. */
function report(problem: string): void {
  if (reported.has(problem) || reported.size >= 10) return
  reported.add(problem)
  process.stderr.write(`${problem}\n`)
}

async function loadReporter({ module, cwd }: WdioMessage): Promise<ReporterClass> {
  const parent = pathToFileURL(path.join(cwd, 'package.json')).href
  const url = path.isAbsolute(module) ? pathToFileURL(module).href : import.meta.resolve(module, parent)
  let loaded: unknown = await import(url)
  // A CommonJS package that was compiled from an ES module has a default export inside the default one.
  for (let depth = 0; depth < 3 && hasDefault(loaded); depth++) loaded = loaded.default
  if (typeof loaded !== 'function') throw new TypeError('expected a default export that is a class, found none')
  return loaded as ReporterClass
}

function hasDefault(value: unknown): value is { default: unknown } {
  return typeof value === 'object' ? value !== null && 'default' in value : false
}

/** The attempts of a module write to one file: the next one starts when the file of the one before is complete. */
async function drive(Reporter: ReporterClass, { runners, options }: WdioMessage): Promise<void> {
  const open = new Map<string, WdioReporter>()
  for (const runner of runners) {
    await complete(open.get(runner.logFile))
    open.set(runner.logFile, start(Reporter, runner, options))
  }
  for (const reporter of open.values()) await complete(reporter)
}

function start(
  Reporter: ReporterClass,
  { logFile, events }: WdioMessage['runners'][number],
  options: object,
): WdioReporter {
  const writeStream = { write: (content: unknown) => process.stdout.write(String(content)) }
  virtualNow = events[0]?.at
  const reporter = new Reporter({ ...options, logFile, writeStream })
  for (const { name, at, payload } of events) {
    virtualNow = at
    try {
      reporter.emit(name, payload)
    } catch (error) {
      report(`it threw at ${name}: ${errorMessage(error)}`)
    }
  }
  virtualNow = undefined
  return reporter
}

/** Nothing announces that a reporter has sent its data: WebdriverIO asks again and again, too. */
async function complete(reporter: WdioReporter | undefined): Promise<void> {
  const isSending = (): boolean => reporter?.isSynchronised === false
  while (isSending()) await new Promise(resolve => setTimeout(resolve, 20))
  const stream = reporter?.outputStream
  await new Promise<void>(done => (stream?.end ? stream.end(done) : done()))
}

async function main(): Promise<void> {
  process.on('uncaughtException', error => report(`it threw: ${errorMessage(error)}`))
  const [received] = (await once(process, 'message')) as [unknown]
  const message = wdioMessageSchema.parse(received)
  Object.assign(globalThis, { Date: EventDate })
  await drive(await loadReporter(message), message)
}

try {
  await main()
} catch (error) {
  report(errorMessage(error))
  process.exitCode = 1
}
process.disconnect()
// Timers and connections that a reporter leaves open end with it, as in WebdriverIO; its output comes first.
process.stdout.write('', () => process.stderr.write('', () => process.exit()))
