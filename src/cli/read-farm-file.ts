import type { FarmConfig } from '../device/farm-config.js'
import { passwordsIn } from '../device/redis-url.js'
import { readFarmConfig } from '../device/read-farm-config.js'
import { drivers } from './drivers.js'
import { hideFarmPasswords, hideSecrets } from './secrets.js'

/**
 * Reads a devices.json; what came from `${env:…}` is hidden in all that this process prints from then on.
 * @throws BatonErrors with every error of the file
 */
export async function readFarmFile(file: string): Promise<FarmConfig> {
  const config = await readFarmConfig(file, drivers, process.env)
  hideSecrets(config.secrets)
  if (config.redis !== undefined) hideFarmPasswords(passwordsIn(config.redis))
  return config
}
