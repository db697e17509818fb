import { z } from 'zod'
import { iterationSchema, minimisedSchema } from '../explore/iteration.js'
import {
  artifactKinds,
  fileChanges,
  filePlaces,
  type ModuleEvent,
  type RunEvent,
  type RunEventBody,
} from './run-event.js'
import { attemptVerdicts, moduleVerdicts, testStates } from './verdicts.js'

/*
 * What every reader of events accepts: hosts of their workers, runs and their followers of the farm, reports of files. Code of
 * modules, other machines and people with an editor may have written them.
 */

/** The fields of an event, each with a schema of the field's own type. */
type Shape<Event> = {
  [Field in keyof Event as Exclude<Field, 'type' | 'at'>]-?: z.ZodType<Exclude<Event[Field], undefined>>
}
type ShapesOf<Event extends { type: string }> = {
  [Type in Event['type']]: Shape<Extract<Event, { type: Type }>>
}

/** Bytes of an artifact or file: more than a farm stores. A file that stays where it was written may be larger. */
const maxArtifactBytes = 2 ** 30
/** The largest time that a Date can hold. */
const maxTime = 8.64e15

const text = z.string()
const optionalText = text.exactOptional()
const titles = z.array(text)
const count = z.int().min(0)
const moment = z.number().min(0).max(maxTime)
/** Negative if a clock was set back meanwhile. */
const milliseconds = z.number().min(-maxTime).max(maxTime)
const kind = z.enum(['test', 'hook'])
const counts = z.object({ passed: count, failed: count, pending: count })
const byRole = z.record(text, text)

export const errorRecordSchema = z.object({
  name: text,
  message: text,
  stack: optionalText,
  code: optionalText,
  hint: optionalText,
  place: optionalText,
  codeFrame: optionalText,
  expected: optionalText,
  actual: optionalText,
  device: optionalText,
})

const pass = { role: text, device: text, place: optionalText }
const branchAct = { branch: text, role: text, device: text, place: optionalText }
const waitKind = z.enum(['barrier', 'signal', 'branch'])

const moduleEventShapes = {
  'module:loaded': { tests: count },
  'test:start': { kind, title: titles, retry: count },
  'test:end': {
    kind,
    title: titles,
    state: z.enum(testStates),
    durationMs: milliseconds,
    retry: count,
    willRetry: z.boolean().exactOptional(),
    error: errorRecordSchema.exactOptional(),
    trail: z.array(z.object({ ...pass, at: moment })).exactOptional(),
    failedBranch: optionalText,
    branches: z.array(z.object({ branch: text, device: text, doing: text, place: optionalText })).exactOptional(),
    lastCommands: z.array(z.object({ device: text, command: text, place: optionalText })).exactOptional(),
  },
  'baton:pass': pass,
  'branch:start': branchAct,
  'branch:end': { state: z.enum(['passed', 'failed', 'stopped']), ...branchAct },
  'branch:wait': { on: waitKind, name: text, ...branchAct },
  'branch:resume': { on: waitKind, name: text, ...branchAct },
  'barrier:arrive': { name: text, missing: titles, ...branchAct },
  signal: { name: text, ...branchAct },
  network: { role: text, device: text, act: text, place: optionalText },
  log: { stream: z.enum(['stdout', 'stderr']), text, title: titles.exactOptional() },
  warning: { message: text, hint: optionalText },
  snapshots: {
    counts: z.object({ matched: count, added: count, updated: count, unmatched: count, unchecked: count }),
  },
  'explore:iteration': { iteration: iterationSchema },
  'explore:minimised': { minimised: minimisedSchema },
} satisfies ShapesOf<ModuleEvent>

const ref = { module: text, lease: text }

const listing = z.object({
  id: text,
  file: text,
  firstRole: text,
  roles: byRole,
  device: optionalText,
  expectedMs: milliseconds.exactOptional(),
  suite: optionalText,
  repetition: z.int().min(1).exactOptional(),
})

const otherEventShapes = {
  'run:start': {
    version: z.int().min(1),
    run: text,
    modules: z.array(listing),
    options: z.record(text, z.unknown()),
  },
  stage: { stage: text, state: z.enum(['begun', 'passed', 'failed', 'skipped']), reason: optionalText },
  'device:state': { device: text, host: text, state: text, reason: optionalText },
  'module:wait': { module: text, more: count, roles: byRole },
  'attempt:start': { attempt: z.int().min(1), host: text, devices: byRole, ...ref },
  artifact: {
    attempt: z.int().min(1),
    title: titles.exactOptional(),
    role: text,
    device: text,
    kind: z.enum(artifactKinds),
    name: text,
    bytes: count.max(maxArtifactBytes),
    summary: optionalText,
    finding: optionalText,
    hash: optionalText,
    key: optionalText,
    path: optionalText,
    reason: optionalText,
    ...ref,
  },
  file: {
    attempt: z.int().min(1),
    name: text,
    change: z.enum(fileChanges),
    bytes: count,
    executable: z.literal(true).exactOptional(),
    hash: optionalText,
    sent: optionalText,
    key: optionalText,
    place: z.enum(filePlaces).exactOptional(),
    path: optionalText,
    reason: optionalText,
    ...ref,
  },
  'events:dropped': { count: z.int().min(1), ...ref },
  'attempt:end': {
    attempt: z.int().min(1),
    verdict: z.enum(attemptVerdicts),
    durationMs: milliseconds,
    counts,
    error: errorRecordSchema.exactOptional(),
    ...ref,
  },
  'module:end': {
    module: text,
    verdict: z.enum(moduleVerdicts),
    attempts: count,
    lease: optionalText,
    reasons: titles.exactOptional(),
    corrected: z.literal(true).exactOptional(),
  },
  'run:end': { exitCode: z.int(), durationMs: milliseconds, interrupted: optionalText },
} satisfies ShapesOf<Exclude<RunEventBody, { type: ModuleEvent['type'] }>>

/** A stored file is fetched in as many parts as its size says. */
function isFetchable(event: object): boolean {
  const { key, bytes } = event as { key?: unknown; bytes?: unknown }
  return key === undefined || Number(bytes ?? 0) <= maxArtifactBytes
}

function unionOf(shapes: Readonly<Record<string, z.ZodRawShape>>): z.ZodType {
  const options = Object.entries(shapes).map(([type, shape]) =>
    z.object({ type: z.literal(type), ...shape, at: moment }).refine(isFetchable, { path: ['bytes'] }),
  )
  return z.discriminatedUnion('type', options as unknown as [z.ZodObject, ...z.ZodObject[]])
}

/** An event of a worker: the host adds which attempt it belongs to. */
export const moduleEventSchema = unionOf(moduleEventShapes) as z.ZodType<ModuleEvent & { at: number }>

const moduleEventsOfRun = Object.fromEntries(
  Object.entries(moduleEventShapes).map(([type, shape]) => [type, { ...shape, ...ref }]),
)
const runEventSchema = unionOf({ ...moduleEventsOfRun, ...otherEventShapes }) as z.ZodType<RunEvent>

/** Something that should have been an event. */
export interface InvalidEvent {
  /** What was expected and what was found; without control characters. */
  problem: string
  /** Of an event that has these at least. */
  type?: string
  module?: string
}

/**
 * Reads one event.
 * @param json - its text
 * @returns the event, or what is wrong with it
 */
export function parseRunEvent(json: string): { event: RunEvent } | { invalid: InvalidEvent } {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return { invalid: { problem: `expected an event as JSON, found ${excerptOf(json)}` } }
  }
  const parsed = runEventSchema.safeParse(value)
  // Not what zod makes of it, which lacks fields of later versions, and devices that are called `__proto__`.
  if (parsed.success) return { event: value as RunEvent }
  const [issue] = parsed.error.issues
  const found = { type: fieldOf(value, 'type'), module: fieldOf(value, 'module') }
  return {
    invalid: {
      problem: describeIssue(issue, value, found.type),
      ...(typeof found.type === 'string' && { type: found.type }),
      ...(typeof found.module === 'string' && { module: found.module }),
    },
  }
}

function describeIssue(issue: z.core.$ZodIssue | undefined, value: unknown, type: unknown): string {
  const path = issue?.path ?? []
  let found = value
  for (const step of path) found = fieldOf(found, step)
  const where = path.length === 0 ? '' : `'${path.map(String).join('.')}' of ${excerptOf(type)}: `
  return `${where}expected ${expectedBy(issue)}, found ${excerptOf(found)}`
}

function expectedBy(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'invalid_type') return issue.expected === 'int' ? 'a whole number' : issue.expected
  if (issue?.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`
  if (issue?.code === 'too_big') return `at most ${issue.maximum}`
  if (issue?.code === 'too_small') return `at least ${issue.minimum}`
  return issue?.code === 'invalid_union' ? 'the type of an event' : 'an event'
}

function fieldOf(value: unknown, name: PropertyKey): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<PropertyKey, unknown>)[name]
    : undefined
}

/** Characters of what was found that a message shows. */
const maxExcerpt = 80

function excerptOf(value: unknown): string {
  // Not as JSON: they may be nested too deeply for that.
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  const whole = value === undefined ? 'nothing' : JSON.stringify(value)
  const text = whole.replaceAll(/[\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g, '?')
  return text.length > maxExcerpt ? `${text.slice(0, maxExcerpt)}…` : text
}
