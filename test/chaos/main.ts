import { parseArgs } from 'node:util'
import { chaos, faultNames } from './chaos.js'
import { formatChaos } from './format-chaos.js'
import { formatLoad, load } from './load.js'

/**
 * `npm run chaos -- --minutes 10 --seed 1`: runs modules on a farm under constant faults. `--only` and `--skip` take names of
 * faults, separated by commas. `--network`: `namespaces` or `loopback`; default: namespaces if this machine has them.
 * `--lease-ttl`: milliseconds; longer for a machine that is busy with other work. `--deaths`: hosts to kill at the end, when
 * nothing else happens. Exits with 1 if the auditor found a violation. `--load`: instead, many modules that do nothing on many
 * devices.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    hosts: { type: 'string' },
    modules: { type: 'string' },
    only: { type: 'string' },
    skip: { type: 'string', default: '' },
    'lease-ttl': { type: 'string', default: '4000' },
    network: { type: 'string', default: 'auto' },
    deaths: { type: 'string', default: '4' },
    load: { type: 'boolean', default: false },
    devices: { type: 'string', default: '1000' },
  },
})

if (values.load) {
  const { devices, hosts = '20', modules = '20000' } = values
  const options = { devices: Number(devices), hosts: Number(hosts), modules: Number(modules) }
  const loaded = await load(options)
  console.log(formatLoad(options, loaded))
  process.exit(loaded.violations.length > 0 ? 1 : 0)
}

const names = (list: string): string[] => list.split(',').flatMap(name => name.trim() || [])
const asked = values.only === undefined ? faultNames : names(values.only)
const unknown = [...asked, ...names(values.skip)].filter(name => !faultNames.includes(name))
if (unknown.length > 0) throw new Error(`unknown faults: ${unknown.join(', ')} (known: ${faultNames.join(', ')})`)
const [least = 150, most = least] = (values.modules ?? '150-300').split('-').map(Number)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
const { network } = values
if (network !== 'auto' && network !== 'namespaces' && network !== 'loopback')
  throw new Error(`unknown network: ${network} (known: auto, namespaces, loopback)`)
const leaseTtlMs = Number(values['lease-ttl'])
const options = Object.entries({ ...values, load: undefined, devices: undefined, skip: values.skip || undefined })
const command = [
  'npm run chaos --',
  ...options.flatMap(([name, value]) => (value === undefined ? [] : `--${name} '${value}'`)),
]
console.log(command.join(' '))
if (Number(values.hosts ?? 4) < 2 && Number(values.deaths) > 0)
  throw new Error('with one host, its modules can run nowhere else if it dies: expected --deaths 0 or more --hosts')
const report = await chaos({
  seed: Number(values.seed),
  minutes: Number(values.minutes),
  hosts: Number(values.hosts ?? 4),
  leaseTtlMs,
  network,
  deaths: Number(values.deaths),
  modules: [least, most],
  faults: asked.filter(name => !names(values.skip).includes(name)),
  print: console.log,
})
console.log(formatChaos(command.join(' '), leaseTtlMs, report))
process.exit(report.violations.length > 0 ? 1 : 0)
