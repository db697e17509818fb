import { mkdir, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import type { AppFile } from '../device/driver.js'
import { videoModes } from '../device/video-mode.js'
import type { DeviceWishes } from './device-keeper.js'

/** What a module is to find on its devices, as its lead tells it to their hosts. */
const moduleWishesSchema = z.object({
  app: z.object({ hash: z.string(), name: z.string() }).optional(),
  servers: z.array(z.string()).default([]),
  video: z.enum(videoModes).exactOptional(),
})
export type ModuleWishes = z.input<typeof moduleWishesSchema>

/** Apps that runs brought along: each is fetched once a host, by the hash of its content. */
export class AppCache {
  readonly #files = new Map<string, Promise<string>>()

  /** @param load - fetches an app by its hash */
  constructor(
    private readonly load: (hash: string) => Promise<Buffer | undefined>,
    private readonly directory: string,
  ) {}

  /** @throws where the app is not stored any more */
  async wishes(body: unknown): Promise<DeviceWishes> {
    const { app, ...others } = moduleWishesSchema.parse(body)
    return { ...others, ...(app && { app: await this.#file(app) }) }
  }

  async #file({ hash, name }: { hash: string; name: string }): Promise<AppFile> {
    const known = this.#files.get(hash) ?? this.#fetch(hash, path.extname(name))
    this.#files.set(hash, known)
    try {
      return { hash, path: await known, name }
    } catch (error) {
      this.#files.delete(hash)
      throw error
    }
  }

  async #fetch(hash: string, extension: string): Promise<string> {
    const content = await this.load(hash)
    if (!content) throw new Error(`the app ${hash} is no longer stored`)
    const folder = path.join(this.directory, 'apps')
    await mkdir(folder, { recursive: true })
    const file = path.join(folder, hash + extension)
    await writeFile(`${file}.part`, content)
    await rename(`${file}.part`, file)
    return file
  }
}
