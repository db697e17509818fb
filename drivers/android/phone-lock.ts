import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, rmdir, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { BatonError } from '../../src/error/baton-error.js'
import { registerResource, unregisterResource } from '../../src/process/reaper.js'
import type { AdbAddress } from './android-keys.js'

const ownerSchema = z.object({ pid: z.number(), user: z.number().optional(), directory: z.string(), since: z.string() })

export interface LockedPhone {
  udid: string
  /** The device's name in the farm. */
  device: string
  adb: AdbAddress
}

export interface PhoneLock {
  release(): Promise<void>
}

/**
 * Makes a phone this process's own on this machine: one phone serves one farm at a time. A folder with one file, which
 * names its owner, says so to all others, whichever Redis they are on. It comes to its place as a whole, which fails where
 * another's is; and as each owner's file has a name that no other has, nobody can remove another's by mistake. It goes
 * with its process, and one that stayed behind is taken over.
 * @throws BatonError BATON_DEVICE_TAKEN with who holds it
 */
export async function lockPhone(phone: LockedPhone): Promise<PhoneLock> {
  const folder = lockFolder(phone)
  const name = randomUUID()
  const mine = `${folder}-${name}`
  const owner = {
    pid: process.pid,
    user: process.getuid?.(),
    directory: process.cwd(),
    since: new Date().toISOString(),
  }
  const file = join(folder, name)
  registerResource({ kind: 'directory', path: mine })
  registerResource({ kind: 'lock', path: file })
  try {
    await mkdir(mine, { mode: 0o755 })
    await writeFile(join(mine, name), JSON.stringify(owner))
    while (!(await renameIfFree(mine, folder))) await throwIfHeld(folder, phone)
  } catch (error) {
    unregisterResource({ kind: 'lock', path: file })
    await rm(mine, { recursive: true, force: true })
    throw error
  } finally {
    unregisterResource({ kind: 'directory', path: mine })
  }
  return {
    async release() {
      await removeIfThere(file)
      // Whoever has made it theirs since keeps it: only an empty one goes.
      await rmdir(folder).catch(() => {})
      unregisterResource({ kind: 'lock', path: file })
    },
  }
}

/** The same for all processes of the machine, whatever folder for temporary files each was given. */
export function lockFolder({ udid, adb: { host, port } }: LockedPhone): string {
  // A machine's names for itself are one.
  const address = `${['localhost', '::1'].includes(host) ? '127.0.0.1' : host}:${port}`
  const id = createHash('sha256').update(`${address} ${udid}`).digest('hex').slice(0, 16)
  return join(existsSync('/tmp') ? '/tmp' : tmpdir(), `baton-phone-${id}`)
}

/** Replaces a folder that is empty, never one with an owner's file. */
async function renameIfFree(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    // The latter two: it is another user's.
    if (['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES'].includes(codeOf(error))) return false
    throw error
  }
}

/** Removes what a dead owner left. Returns where the folder may be free. */
async function throwIfHeld(folder: string, { udid, device }: LockedPhone): Promise<void> {
  const files = await readdir(folder).catch(error => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (!files) return
  const [file] = files
  const owner = file === undefined ? undefined : await readOwner(join(folder, file))
  if (owner && isAlive(owner.pid)) {
    const { pid, directory, since } = owner
    throw new BatonError(
      'BATON_DEVICE_TAKEN',
      `the phone ${udid} serves another farm: process ${pid} in ${directory}, since ${since}`,
      { device, hint: `wait for it or stop it; if that process is no Baton, remove ${folder}` },
    )
  }
  try {
    if (file === undefined) await rmdir(folder)
    else await removeIfThere(join(folder, file))
  } catch (cause) {
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(cause))) return
    throw new BatonError('BATON_DEVICE_TAKEN', `the phone ${udid} has a claim that another user's process left`, {
      device,
      hint: `remove ${folder}`,
      cause,
    })
  }
}

async function removeIfThere(file: string): Promise<void> {
  await unlink(file).catch(error => {
    if (codeOf(error) !== 'ENOENT') throw error
  })
}

/** Undefined where it is gone, or a full disk or a power cut left nothing in it. */
async function readOwner(file: string): Promise<z.infer<typeof ownerSchema> | undefined> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? ''
}
