import { BatonError } from '../error/baton-error.js'
import { didYouMean, quoteNames } from '../error/closest-name.js'
import { connectFarm } from '../run/farm-connection.js'

/**
 * `baton devices --forget HOST`: a farm keeps the devices of a host that has gone as offline, because it may come back. This is
 * how to say that it will not.
 * @param redisUrl - of the farm; none where neither option nor file names one
 * @throws BatonError BATON_USAGE where there is no farm, no such host, or it serves its devices now
 */
export async function forgetHost(host: string, redisUrl: string | undefined): Promise<number> {
  if (redisUrl === undefined) {
    throw new BatonError(
      'BATON_USAGE',
      'baton devices --forget: expected --redis, found no farm to forget a host of.',
      {
        hint: 'a farm of a run of its own forgets by itself.',
      },
    )
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
      throw new BatonError('BATON_USAGE', `baton devices --forget: host '${host}' serves its devices now.`, {
        hint: 'stop it first; one that vanished is offline once its leases have lapsed',
      })
    }
    const names = registered.filter(device => device.host === host).map(device => device.name)
    process.stdout.write(`forgotten: host ${host} with ${names.join(', ')}\n`)
    return 0
  } finally {
    farm.close()
  }
}
