import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { registerResource, unregisterResource } from './reaper.js'

/** A folder that never outlives this process. */
export interface OwnedDirectory {
  readonly path: string
  remove(): Promise<void>
}

/**
 * Makes an empty folder, readable by this user only, beneath the system's folder for temporary files.
 * @param purpose - a short word that becomes part of its name
 * @param parent - default: the system's folder for temporary files
 */
export async function makeOwnedDirectory(purpose: string, parent: string = tmpdir()): Promise<OwnedDirectory> {
  const path = join(parent, `baton-${purpose}-${randomBytes(6).toString('hex')}`)
  registerResource({ kind: 'directory', path })
  await mkdir(path, { mode: 0o700 })
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
      unregisterResource({ kind: 'directory', path })
    },
  }
}

/** sockaddr_un holds 104 bytes on macOS, 108 on Linux, and the path ends with a zero byte. */
const maxSocketPathLength = 100
const randomName = '-0123456789ab'

/**
 * As `makeOwnedDirectory`, for a folder in which Unix sockets are made: near the root where the system's folder for
 * temporary files has so long a path that no socket would fit.
 * @param longestName - of a socket, relative to the folder
 */
export async function makeSocketDirectory(purpose: string, longestName: string): Promise<OwnedDirectory> {
  const length = join(tmpdir(), `baton-${purpose}${randomName}`, longestName).length
  return makeOwnedDirectory(purpose, length > maxSocketPathLength ? '/tmp' : tmpdir())
}
