import { errorMessage } from '../../error/error-text.js'
import type { ArtifactEvent } from '../../event/run-event.js'
import { maskDeep } from '../../event/masker.js'
import { TRACE_VERSION, type TraceEntry, type TraceHeader } from '../../event/trace.js'
import type { TraceMode } from '../../event/trace-mode.js'
import type { AttemptVerdict } from '../../event/verdicts.js'
import type { RunFiles } from '../../lease/run-files.js'
import { sha256 } from '../../module/asset.js'
import type { RunModule, TracePart } from '../../script/worker-messages.js'
import type { AttemptTask } from './attempt.js'
import type { AttemptLog } from './attempt-log.js'
import { isWanted } from './attempt-videos.js'

/** Entries that are accepted from one worker. */
const maxEntries = 20_000
/** Characters of a text in a trace file. It is cut after it was masked. */
const maxText = 500

/** The trace of one attempt: its worker sends what the module did, if that may be wanted. */
export class AttemptTrace {
  /** What the worker is asked for. */
  readonly mode: RunModule['trace']
  readonly #entries: TraceEntry[] = []
  #dropped = 0

  constructor(
    private readonly files: Pick<RunFiles, 'storeArtifact'>,
    private readonly task: AttemptTask,
    private readonly log: Pick<AttemptLog, 'add'>,
    mode: TraceMode | undefined,
    private readonly mask: (text: string) => string,
  ) {
    this.mode = wantedOf(mode, task.attempt)
  }

  add({ entries, dropped }: TracePart): void {
    this.#dropped = dropped
    this.#entries.push(...entries.slice(0, Math.max(0, maxEntries - this.#entries.length)))
  }

  /** Stores the trace if it is wanted, and adds its event. Never rejects: the attempt is judged already. */
  async keep(verdict: AttemptVerdict): Promise<void> {
    // The start of a test says nothing by itself.
    if (!isWanted(this.mode ?? 'off', verdict) || this.#entries.every(({ type }) => type === 'test')) return
    const { grant, attempt, module } = this.task
    const role = module.firstRole
    const of = {
      attempt,
      role,
      device: grant.devices[role]?.device ?? role,
      kind: 'trace',
      name: 'trace.ndjson',
    } as const
    this.log.add({ type: 'artifact', ...of, ...(await this.#store()) })
  }

  async #store(): Promise<Pick<ArtifactEvent, 'bytes' | 'key' | 'hash' | 'reason'>> {
    try {
      const content = Buffer.from(traceFile(this.#header(), this.#entries, this.mask))
      const { run, lease } = this.task.grant
      const key = [lease, 'trace'].join('/')
      const isStored = await this.files.storeArtifact({ run, lease, key }, content, 'large')
      if (isStored) return { bytes: content.length, key, hash: sha256(content) }
      return { bytes: 0, reason: `too many files of the run wait to be fetched: no room for ${content.length} bytes` }
    } catch (error) {
      return { bytes: 0, reason: this.mask(errorMessage(error)) }
    }
  }

  #header(): TraceHeader {
    const { grant, attempt, module } = this.task
    const roles = Object.fromEntries(Object.entries(grant.devices).map(([role, { device }]) => [role, device]))
    const { module: id, file } = module
    return { type: 'trace', version: TRACE_VERSION, module: id, file, attempt, roles, dropped: this.#dropped }
  }
}

/** The text of a trace file: one line for its header, then one for each entry. Pure. */
export function traceFile(header: TraceHeader, entries: readonly TraceEntry[], mask: (text: string) => string): string {
  // Most texts are in many entries: commands, selectors, places.
  const texts = new Map<string, string>()
  const cut = (text: string): string => {
    const known = texts.get(text)
    if (known !== undefined) return known
    const masked = mask(text)
    const short = masked.length > maxText ? `${masked.slice(0, maxText)}…` : masked
    texts.set(text, short)
    return short
  }
  const lines = [maskDeep(header, mask), ...entries.map(entry => maskDeep(entry, cut))]
  return lines.map(line => `${JSON.stringify(line)}\n`).join('')
}

function wantedOf(mode: TraceMode = 'retain-on-failure', attempt: number): RunModule['trace'] {
  if (mode === 'on-first-retry') return attempt === 2 ? 'on' : undefined
  return mode === 'off' ? undefined : mode
}
