import { constants } from 'node:fs'
import { access, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import type { Diagnosis } from '../../device/driver/diagnosis.js'
import { errorMessage } from '../../error/error-text.js'
import { controlPorts, freePort } from '../../process/free-port.js'
import { nodeProblem } from '../node-version.js'

/** What a few browsers and their recordings need. Bytes. */
const leastFree = 1_000_000_000

/** @param version - as in `process.versions.node` */
export function diagnoseNode(version: string): Diagnosis {
  const fix = nodeProblem(version)
  return {
    name: 'Node',
    state: fix === undefined ? 'ok' : 'problem',
    found: version,
    ...(fix !== undefined && { fix }),
  }
}

/** Appium, ChromeDriver and gateways listen on the loopback interface. */
export async function diagnosePorts(): Promise<Diagnosis> {
  try {
    await Promise.all([freePort(), freePort(controlPorts)])
    return { name: 'ports', state: 'ok', found: `can be opened on 127.0.0.1` }
  } catch (error) {
    const found = `cannot be opened on 127.0.0.1: ${errorMessage(error)}`
    return { name: 'ports', state: 'problem', found, fix: 'bring the loopback interface up: sudo ip link set lo up' }
  }
}

/** Reports go to the working directory, profiles of browsers to the temporary one. */
export async function diagnoseDisk(
  folders: readonly string[] = [...new Set([process.cwd(), tmpdir()])],
): Promise<Diagnosis[]> {
  return Promise.all(folders.map(diagnoseFolder))
}

async function diagnoseFolder(folder: string): Promise<Diagnosis> {
  try {
    await access(folder, constants.W_OK)
    const { bavail, bsize } = await statfs(folder)
    const free = bavail * bsize
    const found = `${(free / 1e9).toFixed(1)} GB free in ${folder}`
    if (free >= leastFree) return { name: 'disk', state: 'ok', found }
    return { name: 'disk', state: 'problem', found, fix: `make room: du -sh ${folder}/* | sort -h` }
  } catch (error) {
    const found = `${folder} cannot be written to: ${errorMessage(error)}`
    return { name: 'disk', state: 'problem', found, fix: 'run Baton in a folder of yours, or set TMPDIR' }
  }
}
