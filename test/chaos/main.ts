import { parseArgs } from 'node:util'
import { chaos, faultNames } from './chaos.js'
import { formatChaos } from './format-chaos.js'

/**
 * `npm run chaos -- --minutes 10 --seed 1`: runs modules on a farm under constant faults. `--only` and `--skip` take names of
 * faults, separated by commas. Exits with 1 if the auditor found a violation.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    hosts: { type: 'string', default: '4' },
    modules: { type: 'string', default: '150-300' },
    only: { type: 'string' },
    skip: { type: 'string', default: '' },
  },
})

const names = (list: string): string[] => list.split(',').flatMap(name => name.trim() || [])
const asked = values.only === undefined ? faultNames : names(values.only)
const unknown = [...asked, ...names(values.skip)].filter(name => !faultNames.includes(name))
if (unknown.length > 0) throw new Error(`unknown faults: ${unknown.join(', ')} (known: ${faultNames.join(', ')})`)
const [least = 150, most = least] = values.modules.split('-').map(Number)
const report = await chaos({
  seed: Number(values.seed),
  minutes: Number(values.minutes),
  hosts: Number(values.hosts),
  modules: [least, most],
  faults: asked.filter(name => !names(values.skip).includes(name)),
  print: console.log,
})
console.log(formatChaos(Number(values.seed), report))
process.exit(report.violations.length > 0 ? 1 : 0)
