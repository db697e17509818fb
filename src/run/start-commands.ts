import { reservedLabelKeys } from '../device/label.js'
import { passwordsIn } from '../device/redis-url.js'
import { labelsOfSelector } from '../device/selector.js'
import type { RegisteredHost } from '../lease/farm-hosts.js'
import { matches, type Shortage } from './farm-requirement.js'

interface NewHost {
  name: string
  labels: string[]
}

/**
 * The command lines that start what is missing, ready for a shell: hosts that have left first, then new ones, one for each missing
 * device, although a host may bring several.
 * @param redisUrl - its password is not shown; a variable has to hold it
 */
export function startCommands(
  shortages: readonly Shortage[],
  hosts: readonly RegisteredHost[],
  redisUrl: string,
): string[] {
  const chosen = new Map<string, NewHost>()
  const known = new Set(hosts.map(({ name }) => name))
  const gone = hosts.filter(({ state }) => state === 'gone')
  // Devices first: their hosts count as hosts too.
  const ofDevices = shortages.filter(({ requirement }) => requirement.selector !== undefined)
  for (const shortage of ofDevices) chooseForDevices(shortage, gone, { chosen, known })
  for (const { requirement, missing } of shortages) {
    if (requirement.selector !== undefined) continue
    for (const { name } of gone) if (chosen.size < missing) add(chosen, name, [])
    while (chosen.size < missing) add(chosen, unusedName(chosen, known), [])
  }
  return [...chosen.values()].map(host => commandOf(host, redisUrl))
}

interface Choice {
  chosen: Map<string, NewHost>
  /** Names of all hosts of the farm. */
  known: ReadonlySet<string>
}

function chooseForDevices({ requirement, missing }: Shortage, gone: readonly RegisteredHost[], choice: Choice): void {
  const { chosen, known } = choice
  const labels = labelsOfSelector(requirement.selector ?? '')
  const own = labels.filter(label => !reservedLabelKeys.some(key => label.startsWith(`${key}=`)))
  const named = labels.find(label => label.startsWith('host='))?.slice('host='.length)
  let left = missing
  for (const { name, devices } of gone) {
    const count = devices.filter(device => matches(device, requirement)).length
    if (left <= 0 || count === 0) continue
    add(chosen, name, own)
    left -= count
  }
  // All devices of one host: it is the only one that could bring them.
  if (named !== undefined) return left > 0 && !chosen.has(named) ? add(chosen, named, own) : undefined
  for (; left > 0; left--) add(chosen, unusedName(chosen, known), own)
}

function add(chosen: Map<string, NewHost>, name: string, labels: readonly string[]): void {
  const before = chosen.get(name)?.labels ?? []
  chosen.set(name, { name, labels: [...new Set([...before, ...labels])] })
}

function unusedName(chosen: ReadonlyMap<string, NewHost>, known: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const name = `host-${number}`
    if (!chosen.has(name) && !known.has(name)) return name
  }
}

function commandOf({ name, labels }: NewHost, redisUrl: string): string {
  const hasSecret = passwordsIn(redisUrl).length > 0
  // A shell without the variable says so and starts nothing.
  const variable = hasSecret ? 'BATON_REDIS_URL="${BATON_REDIS_URL:?the URL of this farm}" ' : ''
  const redis = hasSecret ? [] : ['--redis', quote(redisUrl)]
  const labelled = labels.length === 0 ? [] : ['--labels', quote(labels.join(','))]
  return `${variable}${['baton', 'host', ...redis, '--name', quote(name), ...labelled].join(' ')}`
}

/** For a POSIX shell. */
function quote(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
