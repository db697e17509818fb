import { stat } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { maskArtifact } from '../../event/mask-artifact.js'
import { artifactKinds } from '../../event/run-event.js'
import type { RunFiles } from '../../lease/run-files.js'
import { sha256 } from '../../module/asset.js'
import { HashedContent } from '../hashed-content.js'
import type { CollectedFile } from './collect-files.js'
import type { DeviceActor } from './device-actor.js'
import type { DeviceRecorder } from './device-recorder.js'

/** What a lead host sends to collect artifacts of a failure, or the video of an attempt. */
export const artifactRequestSchema = z.object({
  run: z.string(),
  /** Prefix of the files' keys, unique within the run; each file adds its name. */
  key: z.string(),
})
export type ArtifactRequest = z.infer<typeof artifactRequestSchema>

export const storedArtifactsSchema = z.array(
  z.object({
    kind: z.enum(artifactKinds),
    name: z.string(),
    bytes: z.number(),
    /** Absent if there is no file: `reason` says why. */
    key: z.string().exactOptional(),
    /** SHA-256 of the file, in hex. */
    hash: z.string().exactOptional(),
    summary: z.string().exactOptional(),
    /** See `Artifact`. */
    deviceFault: z.literal(true).exactOptional(),
    reason: z.string().exactOptional(),
  }),
)
export type StoredArtifact = z.infer<typeof storedArtifactsSchema>[number]

/** Milliseconds for each command of a collection: less than a module waits for the collection. */
const commandMs = 8_000
/** A larger text is cut; a larger picture is left out. */
const maxBytes = 8 * 1024 * 1024

/** Collects artifacts from a device and stores them in Redis, where the run process fetches them. */
export class ArtifactCollector {
  constructor(
    private readonly files: Pick<RunFiles, 'storeArtifact'>,
    private readonly mask: (text: string) => string,
  ) {}

  /** @returns the stored artifacts; none if the lease is lost */
  async collect(
    device: Pick<DeviceActor, 'collectArtifacts'>,
    lease: string,
    { run, key }: ArtifactRequest,
  ): Promise<StoredArtifact[]> {
    const files = await device.collectArtifacts(commandMs)
    const stored = files.map(async file => {
      const content = this.#fit(file)
      if (!content) return []
      const { kind, name, summary, deviceFault } = file
      const fileKey = `${key}/${name}`
      const artifact: StoredArtifact = { kind, name, bytes: content.length, key: fileKey, hash: sha256(content) }
      if (summary !== undefined) artifact.summary = this.mask(summary)
      if (deviceFault) artifact.deviceFault = deviceFault
      return (await this.files.storeArtifact({ run, lease, key: fileKey }, content)) ? [artifact] : []
    })
    return (await Promise.all(stored)).flat()
  }

  /** Ends the recording and stores it. @returns the stored files, or why there is none; empty without a recording */
  async keepVideo(
    video: Pick<DeviceRecorder, 'take'>,
    lease: string,
    request: ArtifactRequest,
  ): Promise<StoredArtifact[]> {
    const kept = await video.take(lease, async ({ files, reason: problem }) => {
      const stored: StoredArtifact[] = []
      for (const file of files) stored.push(await this.#keepVideoFile(file, lease, request))
      return files.length > 0 ? stored : [missingVideo(this.mask(problem ?? 'no frame was recorded'))]
    })
    return kept ?? []
  }

  async #keepVideoFile(file: string, lease: string, { run, key }: ArtifactRequest): Promise<StoredArtifact> {
    const name = path.basename(file)
    const fileKey = `${key}/${name}`
    const content = new HashedContent(file)
    const isKept = await this.files.storeArtifact({ run, lease, key: fileKey }, content.read(), 'large')
    if (isKept) return { kind: 'video', name, bytes: content.bytes, key: fileKey, hash: content.hash }
    const { size } = await stat(file)
    return missingVideo(`too many files of the run wait to be fetched: no room for ${size} bytes`)
  }

  #fit({ kind, content }: CollectedFile): Buffer | undefined {
    const masked = maskArtifact(kind, content, this.mask)
    if (masked.length <= maxBytes) return masked
    if (kind === 'screenshot' || kind === 'video') return undefined
    // The end of a log matters most, the start of a page.
    const kept = kind === 'source' ? masked.subarray(0, maxBytes) : masked.subarray(-maxBytes)
    const note = Buffer.from(`\n[cut: ${masked.length} bytes is over the limit]\n`)
    return kind === 'source' ? Buffer.concat([kept, note]) : Buffer.concat([note, kept])
  }
}

/** Stands for a video that was requested but is missing. */
export function missingVideo(reason: string): StoredArtifact {
  return { kind: 'video', name: 'video.mp4', bytes: 0, reason }
}
