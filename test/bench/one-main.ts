import { benchmarks } from './benchmarks.js'
import type { BenchmarkResult } from './report.js'

/** The process of one benchmark: `fork(one-main.js, [name, 'quick' | 'full'])`; sends its result. */
// Without the runner nobody wants the result.
process.once('disconnect', () => process.exit(1))
const [name, size] = process.argv.slice(2)
const benchmark = benchmarks.find(known => known.name === name)
if (!benchmark) throw new Error(`there is no benchmark '${name}'`)
const quick = size === 'quick'
const figures = await benchmark.measure({ quick })
const what = quick ? `${benchmark.what} (--quick: fewer of everything)` : benchmark.what
const result: BenchmarkResult = { name: benchmark.name, what, figures }
process.send?.(result, () => process.exit())
