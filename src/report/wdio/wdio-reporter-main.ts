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

function drive(Reporter: ReporterClass, message: WdioMessage): WdioReporter[] {
  const writeStream = { write: (content: unknown) => process.stdout.write(String(content)) }
  return message.runners.map(({ logFile, events }) => {
    virtualNow = events[0]?.at
    const reporter = new Reporter({ ...message.options, logFile, writeStream })
    for (const { name, at, payload } of events) {
      virtualNow = at
      try {
        reporter.emit(name, payload)
      } catch (error) {
        report(`it threw at ${name}: ${errorMessage(error)}`)
      }
    }
    return reporter
  })
}

/** Nothing announces that a reporter has sent its data: WebdriverIO asks again and again, too. */
async function synchronised(reporters: readonly WdioReporter[]): Promise<void> {
  while (reporters.some(({ isSynchronised }) => isSynchronised === false)) {
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

async function main(): Promise<void> {
  process.on('uncaughtException', error => report(`it threw: ${errorMessage(error)}`))
  const [received] = (await once(process, 'message')) as [unknown]
  const message = wdioMessageSchema.parse(received)
  Object.assign(globalThis, { Date: EventDate })
  const reporters = drive(await loadReporter(message), message)
  virtualNow = undefined
  await synchronised(reporters)
  await Promise.all(
    reporters.map(
      ({ outputStream }) => new Promise<void>(done => (outputStream?.end ? outputStream.end(done) : done())),
    ),
  )
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
