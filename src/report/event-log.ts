import { appendFileSync, closeSync, createReadStream, openSync } from 'node:fs'
import { BatonError } from '../error/baton-error.js'
import { errorMessage } from '../error/error-text.js'
import { writeError } from '../error/write-error.js'
import { EVENTS_VERSION, type RunEvent } from '../event/run-event.js'
import { parseRunEvent } from '../event/run-event-schema.js'
import { LineSplitter } from '../process/line-splitter.js'

/** `events.ndjson`: one event a line, in the order in which they arrived. */
export interface EventLog {
  /** On return the operating system has the events: a kill of this process doesn't lose them. */
  append(events: readonly RunEvent[]): void
  close(): void
}

/**
 * Opens the log to append to, and creates it if it doesn't exist.
 * @throws BatonError BATON_WRITE_FAILED if the system does not let us write it; so does `append`
 */
export function openEventLog(file: string): EventLog {
  const write = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw writeError(error, 'the events of the run', file)
    }
  }
  const descriptor = write(() => openSync(file, 'a', 0o600))
  return {
    append: events =>
      write(() => appendFileSync(descriptor, events.map(event => `${JSON.stringify(event)}\n`).join(''))),
    close: () => closeSync(descriptor),
  }
}

/** Characters of one line: far more than an event has. */
const maxLineLength = 64_000_000

/** Called with the number of a line that is not an event, and what was expected and found there. */
export type OnInvalidLine = (line: number, problem: string) => void

/**
 * Reads the events of a run. Lines that are not events are left out: a kill may have cut the last one short, and people edit files.
 * @throws BatonError BATON_REPORT_UNREADABLE if the file doesn't exist, has no event in it, or is of a later version
 */
export async function* readEvents(file: string, onInvalid: OnInvalidLine): AsyncGenerator<RunEvent> {
  const input = createReadStream(file, 'utf8')
  let line = 0
  let valid = 0
  let firstProblem: BatonError | undefined
  try {
    for await (const text of linesOf(input)) {
      line += 1
      if (text.trim() === '') continue
      const read = parseRunEvent(text)
      if ('event' in read) {
        valid += 1
        yield checkVersion(upgrade(read.event), file)
        continue
      }
      firstProblem ??= unreadable(`${read.invalid.problem}.`, { file, line })
      onInvalid(line, read.invalid.problem)
    }
  } catch (error) {
    if (error instanceof BatonError) throw error
    throw unreadable(`${file} cannot be read: ${errorMessage(error)}.`, undefined, error)
  } finally {
    input.destroy()
  }
  if (valid === 0 && firstProblem) throw firstProblem
}

/** Without readline, which also ends lines at U+2028 (Node >= 24), a character that JSON texts may contain. */
async function* linesOf(input: AsyncIterable<string>): AsyncGenerator<string> {
  let ended: string[] = []
  const lines = new LineSplitter(line => ended.push(line), maxLineLength)
  for await (const chunk of input) {
    lines.add(chunk)
    yield* ended
    ended = []
  }
  lines.end()
  yield* ended
}

/** Earlier versions wrote the summary of an artifact as `finding` only. */
function upgrade(event: RunEvent): RunEvent {
  if (event.type !== 'artifact' || event.finding === undefined) return event
  return { summary: event.finding, ...event }
}

function checkVersion(event: RunEvent, file: string): RunEvent {
  if (event.type !== 'run:start' || event.version <= EVENTS_VERSION) return event
  throw unreadable(
    `${file} was written by a later Baton: expected events of version ${EVENTS_VERSION}, found ${event.version}.`,
  )
}

function unreadable(message: string, place?: { file: string; line: number }, cause?: unknown): BatonError {
  return new BatonError('BATON_REPORT_UNREADABLE', message, {
    hint: 'name the folder of a run, such as baton-report/latest.',
    ...(place && { place }),
    ...(cause !== undefined && { cause }),
  })
}
