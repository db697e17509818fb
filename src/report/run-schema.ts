import { z } from 'zod'
import { artifactKinds, fileChanges, filePlaces } from '../event/run-event.js'
import { attemptVerdicts, reportedVerdicts, testStates } from '../event/verdicts.js'

/**
 * The fields of `run.json`: the types of the reports and `run.schema.json` are both derived from here. New fields don't
 * raise the version; a field that is removed or changes its meaning does.
 */
const milliseconds = z.number().min(0).describe('Milliseconds')
const moment = z.number().describe('Milliseconds since the epoch')
const title = z.array(z.string()).describe("Titles of the suites around it, then the test's own")
const byRole = z.record(z.string(), z.string())

const countsSchema = z
  .object({ passed: z.int().min(0), failed: z.int().min(0), pending: z.int().min(0) })
  .meta({ id: 'Counts', description: 'Tests by how they ended; hooks count if they failed' })

const errorSchema = z
  .object({
    name: z.string(),
    message: z.string(),
    stack: z.string().exactOptional().describe('With locations in the source'),
    place: z.string().exactOptional().describe("The user's own line that failed, as file:line:column"),
    codeFrame: z.string().exactOptional().describe('The source around that line, numbered and marked'),
    code: z.string().exactOptional().describe("Baton's own code, see docs/errors.md"),
    hint: z.string().exactOptional().describe('What to do now'),
    expected: z.string().exactOptional(),
    actual: z.string().exactOptional(),
    device: z.string().exactOptional().describe('The active device'),
  })
  .meta({ id: 'Error' })

const passSchema = z
  .object({
    role: z.string(),
    device: z.string(),
    place: z
      .string()
      .exactOptional()
      .describe('file:line:column of the useDevice call, or of the start of the test or hook'),
    at: moment,
  })
  .meta({ id: 'BatonPass' })

const branchSchema = z
  .object({
    branch: z.string().describe('Its role; `alice › bob` for a branch inside another; empty for the test itself'),
    device: z.string(),
    doing: z.string().describe("waits at barrier 'ringing' for bob, in click, was stopped, …"),
    place: z.string().exactOptional().describe('file:line:column'),
  })
  .meta({ id: 'BranchPosition' })

const artifactSchema = z
  .object({
    role: z.string(),
    device: z.string(),
    kind: z.enum(artifactKinds),
    path: z.string().describe('Below the folder of this file, with /'),
    bytes: z.int().min(0),
    summary: z.string().exactOptional().describe('One line about it, e.g. that the app under test crashed'),
    finding: z
      .string()
      .exactOptional()
      .meta({ deprecated: true, description: 'Old name of summary; removed with the next minor version' }),
    title: title.exactOptional().describe('Of the test or hook that failed, if its end is not in the events'),
  })
  .meta({
    id: 'Artifact',
    description: 'A file that shows a device at the moment of a failure, a video of it, or a trace of the module',
  })

const missingSchema = z
  .object({ role: z.string(), device: z.string(), kind: z.enum(artifactKinds), reason: z.string() })
  .meta({ id: 'MissingArtifact' })

const fileSchema = z
  .object({
    name: z.string().describe('Relative to where the run was started, with /'),
    change: z.enum(fileChanges),
    bytes: z.int().min(0),
    place: z.enum(filePlaces).exactOptional().describe('Where it was written to; absent: nowhere'),
    path: z.string().exactOptional().describe('Of a file in the report: below the folder of this file, with /'),
    reason: z.string().exactOptional().describe('Why it is not in the project'),
  })
  .meta({ id: 'WrittenFile', description: 'A file that the module wrote' })

const warningSchema = z
  .object({ message: z.string(), hint: z.string().exactOptional().describe('What to do now') })
  .meta({ id: 'Warning' })

const count = z.int().min(0)
const snapshotsSchema = z
  .object({ matched: count, added: count, updated: count, unmatched: count, unchecked: count })
  .meta({ id: 'SnapshotCounts', description: 'Snapshots by how they compare; unchecked: stored, but not compared' })

const testSchema = z
  .object({
    kind: z.enum(['test', 'hook']).describe('Hooks are listed if they failed, or took a second or more'),
    title,
    state: z.enum(testStates),
    startedAt: moment.exactOptional(),
    durationMs: milliseconds,
    retry: z.int().min(0).describe("mocha's this.retries: 0 the first time"),
    willRetry: z.boolean().exactOptional().describe('mocha ran it again, so this is not its result'),
    error: errorSchema.exactOptional(),
    trail: z.array(passSchema).exactOptional().describe('Passes of the baton before it failed, oldest first'),
    failedBranch: z.string().exactOptional().describe('The branch that failed; absent: the test itself'),
    branches: z.array(branchSchema).exactOptional().describe('What its other branches did when it failed'),
    lastCommands: z
      .array(z.object({ device: z.string(), command: z.string(), place: z.string().exactOptional() }))
      .exactOptional()
      .describe('The last command of each device since it began'),
    artifacts: z.array(artifactSchema).exactOptional(),
  })
  .meta({ id: 'Test' })

const logSchema = z
  .object({
    at: moment,
    stream: z.enum(['stdout', 'stderr']),
    text: z.string(),
    title: title.exactOptional(),
  })
  .meta({ id: 'Log' })

const attemptSchema = z
  .object({
    lease: z.string(),
    attempt: z.int().min(1).exactOptional().describe('Counts from 1; absent if its start is not in the events'),
    host: z.string().exactOptional(),
    devices: byRole.describe('Role → device'),
    startedAt: moment,
    durationMs: milliseconds,
    verdict: z.enum(attemptVerdicts).exactOptional().describe('Absent if its end is not in the events'),
    counts: countsSchema,
    error: errorSchema.exactOptional().describe('Why the module failed as a whole, or has to run again'),
    tests: z.array(testSchema),
    running: title.exactOptional().describe('The test or hook that was running at the last event'),
    logs: z.array(logSchema),
    eventsDropped: z.int().min(1).exactOptional().describe('Events that are missing because the run had too many'),
    logsLeftOut: z.int().min(0).describe('Earlier pieces of output, which are only in events.ndjson'),
    artifacts: z.array(artifactSchema).describe('Videos, and files about a failure of the module as a whole'),
    files: z.array(fileSchema).exactOptional().describe('Files that the module wrote'),
    warnings: z.array(warningSchema).exactOptional(),
    snapshots: snapshotsSchema.exactOptional(),
    missing: z.array(missingSchema).exactOptional().describe('Files that could not be collected, and why'),
  })
  .meta({ id: 'Attempt', description: 'One attempt at a module, under one lease' })

const bugSchema = z
  .object({
    message: z.string().describe('The first error'),
    signature: z.string().describe('What distinguishes it from other bugs'),
    seed: z.int().min(0).describe('Of the iteration that found it'),
    strategy: z.string(),
    times: z.int().min(0).describe('Iterations that failed like this'),
    schedule: z.string().describe('Its file, below the folder of this file, with /; for baton replay'),
    holds: z.int().min(0).exactOptional().describe('Fewest holds that make it happen, if that is known'),
    tries: z.int().min(0).exactOptional().describe('Executions that found them'),
    reproduced: z.int().min(0).exactOptional().describe('How often the holds alone made it happen again'),
    repetitions: z.int().min(0).exactOptional().describe('Of how many repetitions'),
  })
  .meta({ id: 'Bug' })

const exploredSchema = z
  .object({
    iterations: z.int().min(0).describe('Executions of the module'),
    orders: z.int().min(0).describe('Different partial orders among them'),
    failed: z.int().min(0).describe('Executions that failed'),
    hasBranches: z.boolean().describe('False: nothing happened at the same time, so it ran once'),
    unbalanced: z.int().min(0).describe('How often a page and its proxy did not agree in time on what was sent'),
    slowServer: z.int().min(0).describe('How often a server answered too late to be controlled'),
    bugs: z.array(bugSchema),
  })
  .meta({ id: 'Explored', description: 'What baton explore found in a module' })

const moduleSchema = z
  .object({
    id: z.string(),
    file: z.string().describe('Relative to where the run was started, with /'),
    suite: z.string().exactOptional().describe('Of the plan, if there was one'),
    firstRole: z.string(),
    roles: byRole.describe('Role → selector'),
    device: z
      .string()
      .exactOptional()
      .describe('If the run covers every device (--every): the one that this module stands for'),
    repetition: z.int().min(1).exactOptional().describe('With --repeat: counts from 1'),
    verdict: z.enum(reportedVerdicts).describe('interrupted: it started, and no result was recorded'),
    durationMs: milliseconds.describe('Milliseconds of the attempt that is the result'),
    counts: countsSchema,
    devices: byRole.describe('Role → device of the attempt that is the result; empty if none ran'),
    countedAttempts: z.int().min(0).describe('Attempts, without those that failed because of infrastructure'),
    lease: z.string().exactOptional().describe('Lease of the attempt that is the result; absent if none ran'),
    reasons: z.array(z.string()).describe('Why it is lost, interrupted or not run; oldest first'),
    attempts: z.array(attemptSchema).describe('All attempts in order, superseded ones included'),
    explored: exploredSchema.exactOptional().describe('Of baton explore'),
  })
  .meta({ id: 'Module' })

export const runSchema = z.object({
  version: z.literal(1),
  run: z.string(),
  startedAt: moment,
  durationMs: milliseconds,
  exitCode: z.int().exactOptional().describe('Absent if the run was killed'),
  interrupted: z.string().exactOptional().describe('Signal that stopped the run'),
  options: z.record(z.string(), z.unknown()).describe('Options of the run'),
  totals: z.object({ modules: z.record(z.enum(reportedVerdicts), z.int().min(0)), tests: countsSchema }),
  modules: z.array(moduleSchema),
  devices: z
    .record(z.string(), z.object({ host: z.string(), state: z.string(), reason: z.string().exactOptional() }))
    .describe('Device → its last known state'),
})

/** A run as in run.json, and as every report shows it. */
export type RunRecord = z.infer<typeof runSchema>
export type ExploredRecord = z.infer<typeof exploredSchema>
export type ModuleRecord = z.infer<typeof moduleSchema>
/** One attempt at a module, under one lease, as far as it is known. */
export type AttemptRecord = z.infer<typeof attemptSchema>
/** One end of a test or hook. */
export type TestRecord = z.infer<typeof testSchema>
export type LogRecord = z.infer<typeof logSchema>
export type FileRecord = z.infer<typeof fileSchema>
export type WarningRecord = z.infer<typeof warningSchema>
export type ArtifactRecord = z.infer<typeof artifactSchema>
