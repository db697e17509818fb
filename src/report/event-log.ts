import { appendFileSync, closeSync, createReadStream, openSync } from 'node:fs'
import { BatonError } from '../error/baton-error.js'
import { errorMessage } from '../error/error-text.js'
import { EVENTS_VERSION, type RunEvent } from '../event/run-event.js'

/** `events.ndjson`: one event a line, in the order in which they arrived. */
export interface EventLog {
  /** On return the operating system has the events: a kill of this process doesn't lose them. */
  append(events: readonly RunEvent[]): void
  close(): void
}

/** Opens the log to append to, and creates it if it doesn't exist. */
export function openEventLog(file: string): EventLog {
  const descriptor = openSync(file, 'a')
  return {
    append: events => appendFileSync(descriptor, events.map(event => `${JSON.stringify(event)}\n`).join('')),
    close: () => closeSync(descriptor),
  }
}

/**
 * Reads the events of a run. A last line that a kill cut short is left out.
 * @throws BatonError BATON_REPORT_UNREADABLE if the file doesn't exist, has other content, or is of a later version
 */
export async function* readEvents(file: string): AsyncGenerator<RunEvent> {
  const input = createReadStream(file, 'utf8')
  let invalid: BatonError | undefined
  let line = 0
  try {
    for await (const text of linesOf(input)) {
      // There is another line, so the bad one wasn't cut short by a kill.
      if (invalid) throw invalid
      line += 1
      if (text === '') continue
      const event = parseEvent(text)
      if (event) yield checkVersion(event, file)
      else invalid = unreadable(`expected an event, found ${text.slice(0, 80)}.`, { file, line })
    }
  } catch (error) {
    if (error instanceof BatonError) throw error
    throw unreadable(`${file} cannot be read: ${errorMessage(error)}.`, undefined, error)
  } finally {
    input.destroy()
  }
}

/** Without readline, which also ends lines at U+2028 (Node >= 24), a character that JSON texts may contain. */
async function* linesOf(input: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of input) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

function parseEvent(text: string): RunEvent | undefined {
  try {
    const value = JSON.parse(text) as Partial<RunEvent> | null
    return typeof value?.type === 'string' && typeof value.at === 'number' ? upgrade(value as RunEvent) : undefined
  } catch {
    return undefined
  }
}

/** Earlier versions wrote the summary of an artifact as `finding` only. */
function upgrade(event: RunEvent): RunEvent {
  if (event.type !== 'artifact' || typeof event.finding !== 'string') return event
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
