import { BatonError } from '../error/baton-error.js'
import { didYouMean, quoteNames } from '../error/closest-name.js'
import { connectFarm } from '../run/farm-connection.js'
import { shown } from './secrets.js'

/**
 * `baton devices --forget HOST`: if a host vanishes, its farm keeps its devices as offline, because the host may come back. This
 * removes them if it will not.
 * @param redisUrl - of the farm; undefined if neither option nor file names one
 * @throws BatonError BATON_USAGE if there is no farm or no such host, or it is serving its devices
 */
export async function forgetHost(host: string, redisUrl: string | undefined): Promise<number> {
  if (redisUrl === undefined) {
    throw new BatonError('BATON_USAGE', 'baton devices --forget: expected --redis, found no shared farm.', {
      hint: 'name the farm: --redis URL. A private farm ends with its run.',
    })
  }
  const farm = await connectFarm(redisUrl)
  try {
    const registered = await farm.registry.listDevices()
    const hosts = [...new Set(registered.map(device => device.host))].toSorted()
    if (!hosts.includes(host)) {
      const known = quoteNames(hosts) || 'none'
      throw new BatonError(
        'BATON_USAGE',
        `baton devices --forget: the farm has no host '${host}' (known: ${known}).`,
        didYouMean(host, hosts),
      )
    }
    if (!(await farm.registry.forgetHost(host))) {
      throw new BatonError('BATON_USAGE', `baton devices --forget: host '${host}' is serving its devices.`, {
        hint: 'stop the host first. If it vanished, wait until its leases expire.',
      })
    }
    const names = registered.filter(device => device.host === host).map(device => device.name)
    process.stdout.write(shown(`removed host ${host} with ${names.join(', ')}\n`))
    return 0
  } finally {
    farm.close()
  }
}
