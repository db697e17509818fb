import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import type { AppFile } from '../device/driver/app-capability.js'
import { joinInside } from '../process/join-inside.js'
import { LruMap } from '../process/lru-map.js'
import type { DeviceRequirements } from './device/device-offer.js'
import { videoModes } from '../device/device-entry.js'

/** What a module requires of its devices; the lead host sends it to their hosts. */
const moduleRequirementsSchema = z.object({
  app: z.object({ hash: z.string(), name: z.string() }).optional(),
  servers: z.array(z.string()).default([]),
  video: z.enum(videoModes).exactOptional(),
})
export type ModuleRequirements = z.input<typeof moduleRequirementsSchema>

/** The apps of runs. Each host fetches an app once, by the hash of its content. */
export class AppCache {
  readonly #files: LruMap<string, Promise<string>>
  /** Device → hash of its app. The device may install the app at any time until it gets another one. */
  readonly #wanted = new Map<string, string>()

  /**
   * @param load - fetches an app by its hash
   * @param directory - parent of the apps' folders
   * @param maxApps - beyond this many, the least recently used apps that no device has now are removed, and fetched again if needed
   */
  constructor(
    private readonly load: (hash: string) => Promise<Buffer | undefined>,
    private readonly directory: string,
    maxApps = 20,
  ) {
    this.#files = new LruMap(maxApps)
  }

  /**
   * The requirements of a module for one device. Fetches the app, and keeps it until the device's next module.
   * @throws if the app is no longer stored
   */
  async requirementsFor(device: string, body: unknown): Promise<DeviceRequirements> {
    const { app, ...others } = moduleRequirementsSchema.parse(body)
    if (app) this.#wanted.set(device, app.hash)
    else this.#wanted.delete(device)
    return { ...others, ...(app && { app: await this.#file(app) }) }
  }

  async #file({ hash, name }: { hash: string; name: string }): Promise<AppFile> {
    const known = this.#files.get(hash) ?? this.#fetch(hash, path.extname(name))
    this.#files.set(hash, known)
    try {
      const file = await known
      await this.#removeOldest()
      return { hash, path: file, name }
    } catch (error) {
      this.#files.delete(hash)
      throw error
    }
  }

  async #fetch(hash: string, extension: string): Promise<string> {
    const content = await this.load(hash)
    if (!content) throw new Error(`the app ${hash} is no longer stored`)
    const parent = path.join(this.directory, 'apps')
    await mkdir(parent, { recursive: true })
    // never the folder of one that is being removed
    const folder = joinInside(parent, `${hash}-`)
    if (folder === undefined) throw new Error(`the app's hash '${hash}' leads out of the folder for apps`)
    const file = path.join(await mkdtemp(folder), `app${extension}`)
    await writeFile(file, content)
    return file
  }

  async #removeOldest(): Promise<void> {
    const wanted = new Set(this.#wanted.values())
    for (const file of this.#files.evict(hash => !wanted.has(hash))) {
      const fetched = await file.catch(() => undefined)
      if (fetched !== undefined) await rm(path.dirname(fetched), { recursive: true, force: true })
    }
  }
}
