import { benchmarks } from './benchmarks.js'
import type { BenchmarkResult } from './report.js'

/** The process of one benchmark: `fork(one-main.js, [name, 'quick' | 'full'])`; sends its result. */
// Without the runner, the result is useless. The group is this process and those that it started.
process.once('disconnect', () => process.kill(0, 'SIGKILL'))
const [name, size] = process.argv.slice(2)
const benchmark = benchmarks.find(known => known.name === name)
if (!benchmark) throw new Error(`there is no benchmark '${name}'`)
const quick = size === 'quick'
const figures = await benchmark.measure({ quick })
const what = quick ? `${benchmark.what} (--quick: fewer of everything)` : benchmark.what
const result: BenchmarkResult = { name: benchmark.name, what, figures }
process.send?.(result, () => process.exit())
