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
 * Creates an empty folder that only this user can read.
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

/** sockaddr_un holds 104 bytes on macOS and 108 on Linux, including a zero byte at the end. */
const maxSocketPathLength = 100
const randomName = '-0123456789ab'

/**
 * Like `makeOwnedDirectory`, for a folder of Unix sockets: in /tmp if the path of the parent is too long for a socket.
 * @param longestName - the longest name of a socket in the folder
 * @param parent - absolute; default: the system's folder for temporary files
 */
export async function makeSocketDirectory(
  purpose: string,
  longestName: string,
  parent: string = tmpdir(),
): Promise<OwnedDirectory> {
  const length = Buffer.byteLength(join(parent, `baton-${purpose}${randomName}`, longestName))
  return makeOwnedDirectory(purpose, length > maxSocketPathLength ? '/tmp' : parent)
}
