import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { BatonError } from '../../src/error/baton-error.js'
import { tellReaper } from '../../src/process/reaper.js'

const ownerSchema = z.object({ pid: z.number(), user: z.number().optional(), directory: z.string(), since: z.string() })

export interface Claim {
  release(): Promise<void>
}

/**
 * Makes a phone this process's own on this machine: one phone serves one farm at a time. A folder that only one can make
 * says so to all others, whichever Redis they are on; it goes with its process, and one that stayed behind is taken over.
 * @throws BatonError BATON_DEVICE_TAKEN with who holds it
 */
export async function claimPhone(phone: { udid: string; device: string; adb: string }): Promise<Claim> {
  const id = createHash('sha256').update(`${phone.adb} ${phone.udid}`).digest('hex').slice(0, 16)
  const folder = join(claimsFolder(), `baton-phone-${id}`)
  for (;;) {
    try {
      await mkdir(folder, { mode: 0o755 })
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      await refuseWhileHeld(folder, phone)
    }
  }
  tellReaper({ order: 'watch-directory', path: folder })
  const owner = {
    pid: process.pid,
    user: process.getuid?.(),
    directory: process.cwd(),
    since: new Date().toISOString(),
  }
  await writeFile(join(folder, 'owner.json'), JSON.stringify(owner))
  return {
    async release() {
      await rm(folder, { recursive: true, force: true })
      tellReaper({ order: 'forget-directory', path: folder })
    },
  }
}

/** The same for all processes of the machine, whatever folder for temporary files each was given. */
function claimsFolder(): string {
  return existsSync('/tmp') ? '/tmp' : tmpdir()
}

async function refuseWhileHeld(folder: string, { udid, device }: { udid: string; device: string }): Promise<void> {
  const owner = await ownerOf(folder)
  if (owner && isAlive(owner.pid)) {
    const { pid, directory, since } = owner
    throw new BatonError(
      'BATON_DEVICE_TAKEN',
      `the phone ${udid} serves another farm: process ${pid} in ${directory}, since ${since}`,
      { device, hint: `wait for it or stop it; if that process is no Baton, remove ${folder}` },
    )
  }
  const user = process.getuid?.()
  if (owner?.user !== undefined && user !== 0 && owner.user !== user) {
    throw new BatonError('BATON_DEVICE_TAKEN', `the phone ${udid} has a claim that another user's process left`, {
      device,
      hint: `remove ${folder}`,
    })
  }
  // Moved first: of two that find the same remains, one removes them, and neither what the other has made since.
  const remains = `${folder}-${process.pid}-${Date.now()}`
  try {
    await rename(folder, remains)
    await rm(remains, { recursive: true, force: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** Undefined where its owner died before it said who it is, or is about to. */
async function ownerOf(folder: string): Promise<z.infer<typeof ownerSchema> | undefined> {
  for (let look = 0; look < 10; look++) {
    const text = await readFile(join(folder, 'owner.json'), 'utf8').catch(() => '')
    if (text !== '') return ownerSchema.parse(JSON.parse(text))
    // Between its folder and its name an owner needs less than this.
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return undefined
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
