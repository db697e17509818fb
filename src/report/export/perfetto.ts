import { moduleName, plainText, plainTitle } from '../plain-text.js'
import type { ModuleRecord } from '../run-record.js'
import type { AttemptRecord } from '../run-schema.js'
import type { FinishedRun } from './finished-run.js'
import { PerfettoTrace, type TrackEvent } from './track-events.js'
import { stepsOf, type Step } from './trace-steps.js'

/** What one device did. */
interface DeviceEvents {
  modules: TrackEvent[]
  tests: TrackEvent[]
  steps: TrackEvent[]
}

/**
 * The run for https://ui.perfetto.dev: a track for each device, with tracks for modules, tests and steps below it. Passes of
 * the baton are flows.
 */
export async function formatPerfetto(run: FinishedRun): Promise<Buffer> {
  const devices = new Map<string, DeviceEvents>()
  let flows = 0n
  for (const module of run.record.modules) {
    for (const attempt of module.attempts) {
      addAttempt(devices, module, attempt)
      const trace = await run.traceOf(attempt)
      for (const step of trace ? stepsOf(trace) : []) addStep(devices, step, { attempt, flow: (flows += 1n) })
    }
  }
  const all = [...devices.values()].flatMap(({ modules, tests, steps }) => [...modules, ...tests, ...steps])
  const origin = all.reduce((first, { start }) => Math.min(first, start), run.record.startedAt)
  const trace = new PerfettoTrace(origin)
  for (const [name, { modules, tests, steps }] of [...devices].toSorted(([one], [other]) => one.localeCompare(other))) {
    const track = trace.addTrack(plainText(name))
    trace.addEvents('modules', track, modules)
    trace.addEvents('tests', track, tests)
    trace.addEvents('steps', track, steps)
  }
  return trace.encode()
}

function addAttempt(devices: Map<string, DeviceEvents>, module: ModuleRecord, attempt: AttemptRecord): void {
  const { startedAt: start, durationMs, verdict = 'interrupted', host, error } = attempt
  const number = (attempt.attempt ?? 1) > 1 ? ` (attempt ${attempt.attempt})` : ''
  for (const [role, device] of Object.entries(attempt.devices)) {
    const { modules, tests } = eventsOf(devices, device)
    modules.push({
      name: plainText(`${moduleName(module)}${number}`),
      category: 'module',
      start,
      end: start + durationMs,
      notes: { verdict, role, host, error: error && plainText(error.message) },
    })
    for (const test of attempt.tests) {
      if (test.state === 'pending' || test.startedAt === undefined) continue
      const notes = { state: test.state, error: test.error && plainText(test.error.message), place: test.error?.place }
      const span = { start: test.startedAt, end: test.startedAt + test.durationMs }
      tests.push({ name: plainTitle(test.title), category: test.kind, ...span, notes })
    }
  }
}

/** @param flow - the id of the arrow, if the step is a pass */
function addStep(
  devices: Map<string, DeviceEvents>,
  step: Step,
  { attempt, flow }: { attempt: AttemptRecord; flow: bigint },
): void {
  const { kind, role, branch, text, start, place, error, from } = step
  if (kind === 'test') return
  const stepsOfRole = (name: string) => eventsOf(devices, attempt.devices[name] ?? name).steps
  const category = kind
  const notes = { role, branch: branch || undefined, place, error: error && plainText(error) }
  const isSpan = kind === 'command' || kind === 'wait'
  const end = isSpan ? { end: step.end ?? Math.max(start, attempt.startedAt + attempt.durationMs) } : {}
  const isPass = from !== undefined
  stepsOfRole(role).push({ name: plainText(text), category, start, ...end, notes, ...(isPass && { flow }) })
  if (isPass)
    stepsOfRole(from).push({ name: plainText(`passes the baton to ${role}`), category, start, notes: { place }, flow })
}

function eventsOf(devices: Map<string, DeviceEvents>, device: string): DeviceEvents {
  const known = devices.get(device) ?? { modules: [], tests: [], steps: [] }
  devices.set(device, known)
  return known
}
