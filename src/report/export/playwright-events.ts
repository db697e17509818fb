import path from 'node:path'
import { plainText, plainTitle } from '../plain-text.js'
import type { AttemptRecord } from '../run-schema.js'
import type { Step } from './trace-steps.js'

/** Version of the trace format of Playwright that its viewer reads, and converts if it is newer itself. */
const traceVersion = 8

/** A screenshot of a device, as a frame of the film strip. */
export interface Frame {
  /** Name of its file in `resources/`. */
  resource: string
  at: number
  width: number
  height: number
}

/** One context of Playwright: a device of an attempt. */
export interface PlaywrightContext {
  /** `test/chat.ts: alice on pixel-8` */
  title: string
  role: string
  attempt: AttemptRecord
  steps: readonly Step[]
  frames: readonly Frame[]
}

/**
 * The lines of a `trace.trace`. Times are milliseconds since the start of the attempt.
 * @param named - whether each step starts with its role: the viewer shows those of all contexts in one list
 */
export function playwrightEvents({ title, role, attempt, steps, frames }: PlaywrightContext, named: boolean): string {
  const { startedAt, durationMs } = attempt
  const since = (at: number): number => Math.max(0, at - startedAt)
  const pageId = `page@${role}`
  const size = { width: frames[0]?.width ?? 400, height: frames[0]?.height ?? 800 }
  const context = {
    version: traceVersion,
    type: 'context-options',
    origin: 'library',
    browserName: attempt.devices[role] ?? role,
    platform: process.platform,
    sdkLanguage: 'javascript',
    title,
    wallTime: startedAt,
    monotonicTime: 0,
    contextId: `context@${role}`,
    options: { viewport: size },
  }
  const lasting = steps.filter(step => step.role === role && step.kind !== 'test')
  const actions = lasting.flatMap((step, index) => {
    const callId = `call@${role}-${index}`
    const text = plainText(named ? `${role}: ${step.text}` : step.text)
    const end = since(step.end ?? startedAt + durationMs)
    const isWait = step.kind === 'wait'
    return [
      {
        type: 'before',
        callId,
        startTime: since(step.start),
        title: text,
        class: isWait ? 'Baton' : 'Page',
        method: step.kind,
        params: { role, branch: step.branch },
        pageId,
        stack: stackOf(step.place),
      },
      { type: 'after', callId, endTime: end, ...errorOf(step) },
    ]
  })
  const screens = frames.map(({ resource, at, width, height }) => {
    return { type: 'screencast-frame', pageId, sha1: resource, width, height, timestamp: since(at) }
  })
  const errors = attempt.tests.flatMap(({ state, willRetry, title: titles, error }) => {
    if (state !== 'failed' || willRetry || !error) return []
    const message = plainText(`${plainTitle(titles)}\n${error.code ?? error.name}: ${error.message}`)
    return [{ type: 'error', message, stack: stackOf(error.place) }]
  })
  const output = attempt.logs.map(({ stream, text, at }) => ({
    type: stream,
    timestamp: since(at),
    text: plainText(text),
  }))
  return [context, ...actions, ...screens, ...errors, ...output].map(event => `${JSON.stringify(event)}\n`).join('')
}

function errorOf({ error, end }: Step): { error?: { name: string; message: string } } {
  if (error !== undefined) return { error: { name: 'Error', message: plainText(error) } }
  return end === undefined ? { error: { name: 'Error', message: 'it had not ended' } } : {}
}

/** @param place - `file:line:column` */
function stackOf(place: string | undefined): { file: string; line: number; column: number }[] {
  const { file, line, column } = /^(?<file>.+):(?<line>\d+):(?<column>\d+)$/.exec(place ?? '')?.groups ?? {}
  return file === undefined ? [] : [{ file: path.resolve(file), line: Number(line), column: Number(column) }]
}
