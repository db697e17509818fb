import { z } from 'zod'
import { testStates } from '../event/verdicts.js'
import type { WorkerToHost } from './worker-messages.js'

/*
 * What a host accepts from a worker. Code of modules runs in the worker, so its messages are checked like input from
 * outside.
 */

const text = z.string()
const optionalText = text.optional()
const count = z.number().int().nonnegative()
const titles = z.array(text)
const counts = z.object({ passed: count, failed: count, pending: count })

const errorRecord = z.object({
  name: text,
  message: text,
  stack: optionalText,
  code: optionalText,
  hint: optionalText,
  expected: optionalText,
  actual: optionalText,
  device: optionalText,
})

const pass = { role: text, device: text, place: optionalText }
const branchAct = { branch: text, role: text, device: text, place: optionalText }
const waitKind = z.enum(['barrier', 'signal', 'branch'])

const moduleEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('module:loaded'), tests: count }),
  z.object({ type: z.literal('test:start'), kind: z.enum(['test', 'hook']), title: titles, retry: z.number() }),
  z.object({
    type: z.literal('test:end'),
    kind: z.enum(['test', 'hook']),
    title: titles,
    state: z.enum(testStates),
    durationMs: z.number(),
    retry: z.number(),
    willRetry: z.boolean().optional(),
    error: errorRecord.optional(),
    trail: z.array(z.object({ ...pass, at: z.number() })).optional(),
    branches: z.array(z.object({ branch: text, device: text, doing: text, place: optionalText })).optional(),
  }),
  z.object({ type: z.literal('baton:pass'), ...pass }),
  z.object({ type: z.literal('branch:start'), ...branchAct }),
  z.object({ type: z.literal('branch:end'), state: z.enum(['passed', 'failed', 'stopped']), ...branchAct }),
  z.object({ type: z.literal('branch:wait'), on: waitKind, name: text, ...branchAct }),
  z.object({ type: z.literal('branch:resume'), on: waitKind, name: text, ...branchAct }),
  z.object({ type: z.literal('barrier:arrive'), name: text, missing: titles, ...branchAct }),
  z.object({ type: z.literal('signal'), name: text, ...branchAct }),
  z.object({ type: z.literal('warning'), message: text, hint: optionalText }),
  z.object({
    type: z.literal('snapshots'),
    counts: z.object({ matched: count, added: count, updated: count, unmatched: count, unchecked: count }),
  }),
  z.object({ type: z.literal('log'), stream: z.enum(['stdout', 'stderr']), text, title: titles.optional() }),
])

const workerToHost = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('started') }),
  z.object({ type: z.literal('running'), title: titles, role: text }),
  z.object({ type: z.literal('failing'), title: titles }),
  z.object({ type: z.literal('append'), file: text }),
  z.object({ type: z.literal('event'), event: z.intersection(moduleEvent, z.object({ at: z.number() })) }),
  z.object({
    type: z.literal('done'),
    report: z.object({
      verdict: z.enum(['passed', 'failed', 'skipped', 'interrupted']),
      started: z.boolean(),
      counts,
      error: errorRecord.optional(),
      untouched: z.boolean().optional(),
    }),
    retire: optionalText,
  }),
])

/** @returns undefined for anything that a worker never sends */
export function parseWorkerMessage(message: unknown): WorkerToHost | undefined {
  return workerToHost.safeParse(message).success ? (message as WorkerToHost) : undefined
}
