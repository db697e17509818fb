import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { zipArchive, type ZipFile } from '../../process/zip-archive.js'
import { safeName, UniqueNames } from '../artifact-path.js'
import { moduleName, roleOnDevice } from '../plain-text.js'
import type { ModuleRecord } from '../run-record.js'
import type { ArtifactRecord, AttemptRecord } from '../run-schema.js'
import { replaceFile } from '../write-reports.js'
import type { FinishedRun } from './finished-run.js'
import { playwrightEvents, type Frame, type PlaywrightContext } from './playwright-events.js'
import { stepsOf, type Step } from './trace-steps.js'

/**
 * Writes traces for Playwright's viewer: of each attempt with a trace a folder with a ZIP file for each role, and `all.zip`
 * with one context for each role.
 * @param mode - of the files
 */
export async function writePlaywrightTraces(run: FinishedRun, folder: string, mode: number): Promise<void> {
  const names = new UniqueNames()
  for (const module of run.record.modules) {
    for (const attempt of module.attempts) {
      const trace = await run.traceOf(attempt)
      if (!trace) continue
      const own = names.fresh(safeName(`${moduleName(module)}-${attempt.attempt ?? 1}`), '')
      const steps = stepsOf(trace)
      const roles = Object.keys(attempt.devices)
      const sources = await sourcesOf(steps)
      const contexts = await Promise.all(roles.map(async role => contextOf(run, module, { attempt, role, steps })))
      const write = async (name: string, files: readonly ZipFile[]) =>
        replaceFile(path.join(folder, own, `${name}.zip`), zipArchive([...files, ...sources]), mode)
      const zips = new UniqueNames()
      zips.fresh('all', '')
      for (const one of contexts) await write(zips.fresh(safeName(one.context.role), ''), filesOf(one, 'trace', false))
      await write(
        'all',
        contexts.flatMap((one, index) => filesOf(one, `${index}-trace`, true)),
      )
    }
  }
}

interface RoleTrace {
  context: PlaywrightContext
  resources: ZipFile[]
}

function filesOf({ context, resources }: RoleTrace, name: string, named: boolean): ZipFile[] {
  const events = Buffer.from(playwrightEvents(context, named))
  // The viewer expects a file of network requests.
  return [
    { name: `${name}.trace`, content: events },
    { name: `${name}.network`, content: Buffer.alloc(0) },
    ...resources,
  ]
}

async function contextOf(
  run: FinishedRun,
  module: ModuleRecord,
  { attempt, role, steps }: { attempt: AttemptRecord; role: string; steps: readonly Step[] },
): Promise<RoleTrace> {
  const device = attempt.devices[role] ?? role
  const frames: Frame[] = []
  const resources: ZipFile[] = []
  for (const { file, at } of screensOf(attempt, role)) {
    const content = await readFile(path.join(run.directory, file.path)).catch(() => undefined)
    // A PNG file has its size at a fixed place.
    if (!content || content.length < 24) continue
    const resource = `${sha1(file.path)}.png`
    frames.push({ resource, at, width: content.readUInt32BE(16), height: content.readUInt32BE(20) })
    resources.push({ name: `resources/${resource}`, content })
  }
  const title = `${moduleName(module)}: ${roleOnDevice(role, device)}`
  return { context: { title, role, attempt, steps, frames }, resources }
}

/** Screenshots of a role, with the time of the failure that they belong to. */
function screensOf({ tests, artifacts, startedAt, durationMs }: AttemptRecord, role: string) {
  const ofTests = tests.flatMap(({ startedAt: start = startedAt, durationMs: took, artifacts: files = [] }) =>
    files.map(file => ({ file, at: start + took })),
  )
  const all = [...ofTests, ...artifacts.map((file: ArtifactRecord) => ({ file, at: startedAt + durationMs }))]
  return all.filter(({ file }) => file.kind === 'screenshot' && file.role === role)
}

/** The source files of the steps, as far as they are here. */
async function sourcesOf(steps: readonly Step[]): Promise<ZipFile[]> {
  const files = new Set(steps.flatMap(({ place }) => (place === undefined ? [] : [place.replace(/:\d+:\d+$/, '')])))
  const sources = [...files].map(async file => {
    const absolute = path.resolve(file)
    const content = await readFile(absolute).catch(() => undefined)
    return content ? [{ name: `resources/src@${sha1(absolute)}.txt`, content }] : []
  })
  return (await Promise.all(sources)).flat()
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}
