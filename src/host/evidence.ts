import { z } from 'zod'
import { maskArtifact } from '../event/mask-artifact.js'
import type { RunLeases } from '../lease/run-leases.js'
import type { CollectedFile, DeviceKeeper } from './device-keeper.js'

/** What a lead says of the failure that is to be explained. */
export const evidenceRequestSchema = z.object({
  run: z.string(),
  /** Under which the files are kept, each with its name added; unique within the run. */
  key: z.string(),
})
export type EvidenceRequest = z.infer<typeof evidenceRequestSchema>

export const storedArtifactsSchema = z.array(
  z.object({
    kind: z.enum(['screenshot', 'source', 'browser-log', 'device-log']),
    name: z.string(),
    bytes: z.number(),
    key: z.string(),
    finding: z.string().exactOptional(),
  }),
)
export type StoredArtifact = z.infer<typeof storedArtifactsSchema>[number]

/** Milliseconds that each command of a collection may take: less than what the module waits for it. */
const commandMs = 8_000
/** A text beyond this is cut; a picture beyond it is left out. */
const mostBytes = 8 * 1024 * 1024

/** Takes of a device what explains a failure, and leaves it in Redis for the run process to fetch. */
export class Evidence {
  constructor(
    private readonly runs: Pick<RunLeases, 'storeArtifact'>,
    private readonly mask: (text: string) => string,
  ) {}

  /** @returns what is kept; nothing of a lease that is lost */
  async collect(
    keeper: Pick<DeviceKeeper, 'collect'>,
    lease: string,
    { run, key }: EvidenceRequest,
  ): Promise<StoredArtifact[]> {
    const files = await keeper.collect(commandMs)
    const stored = files.map(async file => {
      const content = this.#fit(file)
      if (!content) return []
      const { kind, name, finding } = file
      const artifact: StoredArtifact = { kind, name, bytes: content.length, key: `${key}/${name}` }
      if (finding !== undefined) artifact.finding = this.mask(finding)
      return (await this.runs.storeArtifact(run, lease, artifact.key, content)) ? [artifact] : []
    })
    return (await Promise.all(stored)).flat()
  }

  #fit({ kind, content }: CollectedFile): Buffer | undefined {
    const masked = maskArtifact(kind, content, this.mask)
    if (masked.length <= mostBytes) return masked
    if (kind === 'screenshot') return undefined
    // A log says last what matters most, a page first.
    const kept = kind === 'source' ? masked.subarray(0, mostBytes) : masked.subarray(-mostBytes)
    const note = Buffer.from(`\n[cut: ${masked.length} bytes are too many]\n`)
    return kind === 'source' ? Buffer.concat([kept, note]) : Buffer.concat([note, kept])
  }
}
