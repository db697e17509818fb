import { parseArgs } from 'node:util'
import { fuzzBatch } from './fuzz.js'

/**
 * `npm run fuzz -- --minutes 10 --seed 1`: runs hostile modules until the time is over. `--first` and `--count` replay a
 * batch. Exits with 1 if there was a fault.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    first: { type: 'string', default: '0' },
    count: { type: 'string' },
  },
})

/** Modules of one run. */
const batch = Number(values.count ?? 60)
const seed = Number(values.seed)
const end = Date.now() + Number(values.minutes) * 60_000
const kinds: Record<string, number> = {}
let modules = 0
let faults = 0
for (let first = Number(values.first); ; first += batch) {
  const result = await fuzzBatch(seed, first, batch)
  modules += result.modules
  faults += result.faults.length
  for (const [kind, count] of Object.entries(result.kinds)) kinds[kind] = (kinds[kind] ?? 0) + count
  for (const fault of result.faults) console.log(`FAULT ${fault}`)
  console.log(`seed ${seed}: ${modules} modules, ${faults} faults`)
  if (Date.now() > end || values.count !== undefined) break
}
console.log(
  Object.entries(kinds)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', '),
)
process.exitCode = faults > 0 ? 1 : 0
