import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BatonError, BatonErrors } from '../error/baton-error.js'
import { closestName } from '../error/closest-name.js'
import type { Driver } from './driver/driver.js'
import { parseFarmConfig, type FarmConfig } from './farm-config.js'
import { listFiles } from './app-file.js'

/**
 * Reads a devices.json from disk.
 * @param file - as the user wrote it; errors and the paths of the result name it so
 * @throws BatonErrors BATON_CONFIG_MISSING if it can't be read; otherwise as parseFarmConfig
 */
export async function readFarmConfig(
  file: string,
  drivers: readonly Driver[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<FarmConfig> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new BatonErrors([await missingFile(file, error as NodeJS.ErrnoException, devicesFile)])
  }
  return parseFarmConfig({ text, file, drivers, env })
}

const devicesFile = {
  what: 'the devices of the farm',
  create: 'create it (docs/devices-json.md), or name another with --devices FILE.',
}

/** @param wanted - what was expected in the file, and the hint if no similar file exists */
export async function missingFile(
  file: string,
  cause: NodeJS.ErrnoException,
  wanted: { what: string; create: string },
): Promise<BatonError> {
  if (cause.code !== 'ENOENT') {
    return new BatonError('BATON_CONFIG_MISSING', `${file} cannot be read: ${cause.message}.`, { cause })
  }
  const folder = dirname(file)
  const near = closestName(
    file,
    (await listFiles(folder)).map(name => join(folder, name)),
  )
  const hint = near === undefined ? wanted.create : `did you mean '${near}'?`
  return new BatonError('BATON_CONFIG_MISSING', `expected ${wanted.what} in ${file}, found no such file.`, {
    hint,
    cause,
  })
}
