import { mkdir } from 'node:fs/promises'
import { gunzip, gzip } from 'node:zlib'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { ModuleBundle } from './module-bundle.js'
import { pathInside, unpackFiles } from './unpack-files.js'

const packedSchema = z.object({
  code: z.string(),
  sourceMap: z.string(),
  base: z.string(),
  /** Contents in base64. */
  files: z.array(z.object({ path: z.string(), hash: z.string(), content: z.string() })),
  folders: z.array(z.string()),
  unsent: z.array(z.string()),
  unsentComplete: z.boolean(),
})

/** A bundle as its host has it. */
export interface UnpackedBundle {
  code: string
  sourceMap: string
  base: string
  /** Root of the tree in which its files are; absolute. */
  directory: string
  /** Path in that tree → SHA-256 of each file that was sent. */
  sent: ReadonlyMap<string, string>
  /** Folders of the project that the module may use; paths in that tree. */
  folders: readonly string[]
  unsent: readonly string[]
  unsentComplete: boolean
}

/** Packs a bundle with its files for Redis: compressed JSON. */
export async function packBundle({ code, sourceMap, base, files, ...others }: ModuleBundle): Promise<Buffer> {
  const packed = await Promise.all(
    files.map(async file => ({ path: file.path, hash: file.hash, content: (await file.read()).toString('base64') })),
  )
  const { folders, unsent, unsentComplete } = others
  const text = JSON.stringify({
    code,
    sourceMap,
    base,
    files: packed,
    folders,
    unsent,
    unsentComplete,
  } satisfies z.infer<typeof packedSchema>)
  return promisify(gzip)(text, { level: 1 })
}

/**
 * Makes a packed bundle ready for workers.
 * @param directory - where its files go; created if it does not exist
 * @throws BatonError BATON_MODULE_FILES if a path leads out of the directory or a file did not arrive as it was sent
 */
export async function unpackBundle(bytes: Buffer, directory: string): Promise<UnpackedBundle> {
  const text = (await promisify(gunzip)(bytes)).toString()
  const { files, ...bundle } = packedSchema.parse(JSON.parse(text))
  const { base, folders } = bundle
  const workingDirectory = pathInside(directory, base)
  const readable = files.map(({ path, hash, content }) => ({
    path,
    hash,
    read: async () => Buffer.from(content, 'base64'),
  }))
  await unpackFiles(readable, directory)
  // The module runs there.
  await mkdir(workingDirectory, { recursive: true })
  for (const folder of folders) pathInside(directory, folder)
  return { ...bundle, directory, sent: new Map(files.map(({ path, hash }) => [path, hash])) }
}
