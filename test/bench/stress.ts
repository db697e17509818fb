/** The long stress: `node dist/test/bench/stress.js [seeds] [modules] [seconds]`. Exit code 1 where a promise was broken. */
import { stress } from '../support/stress.js'

const [seeds = '3', modules = '3000', seconds = '30'] = process.argv.slice(2)

for (let seed = 1; seed <= Number(seeds); seed++) {
  const report = await stress({
    seed,
    modules: Number(modules),
    devices: 20,
    hosts: 4,
    seconds: Number(seconds),
    ttlMs: 900,
  })
  console.log(JSON.stringify(report))
  if (report.faults.length > 0) process.exitCode = 1
}
