/**
 * How many modules a second the farm hands out and records, with one host process, over 10, 100 and 1,000 devices. Prints one line of
 * JSON for each. `node dist/test/bench/allocation.js [modules] [devices,…]`
 */
import { measureAllocation } from '../support/measure-allocation.js'

const [modules = '10000', sizes = '10,100,1000'] = process.argv.slice(2)

for (const devices of sizes.split(',').map(Number)) {
  console.log(JSON.stringify(await measureAllocation(Number(modules), devices)))
}
