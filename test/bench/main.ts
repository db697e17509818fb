/**
 * Measures, prints tables and writes `bench-results/<time>.json`: `npm run bench -- [names…] [--quick] [--output DIR]`.
 * Without names: all benchmarks. Exit code 1 if one could not be completed; a missed goal is a result.
 *
 * `--docs FILE` measures nothing: it writes the figures of such a file to docs/performance.md.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { closestName } from '../../src/error/closest-name.js'
import type { Benchmark } from './benchmark.js'
import { benchmarks } from './benchmarks.js'
import { formatMachine, formatResult } from './format-results.js'
import { loadAverage, readMachine } from './machine.js'
import { writeDocs } from './write-docs.js'
import { benchReportSchema, type BenchmarkResult, type BenchReport } from './report.js'

const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    docs: { type: 'string' },
    output: { type: 'string', default: 'bench-results' },
  },
})
if (flags.docs === undefined) await measureAll(chosen(names))
else await writeDocs(benchReportSchema.parse(JSON.parse(await readFile(flags.docs, 'utf8'))))

async function measureAll(benchmarks: readonly Benchmark[]): Promise<void> {
  const [date, loadBefore] = [new Date().toISOString(), loadAverage()]
  const results: BenchmarkResult[] = []
  for (const benchmark of benchmarks) {
    const result = await measureApart(benchmark)
    if (!result) {
      process.exitCode = 1
      continue
    }
    results.push(result)
    process.stdout.write(`${formatResult(result)}\n`)
    // After each: whoever stops a long run keeps what it has measured.
    await write({ date, quick: flags.quick, machine: readMachine(loadBefore), results })
  }
  const report = { date, quick: flags.quick, machine: readMachine(loadBefore), results }
  process.stdout.write(`${formatMachine(report)}\nwritten: ${await write(report)}\n`)
}

function chosen(names: readonly string[]): readonly Benchmark[] {
  if (names.length === 0) return benchmarks
  return names.map(name => {
    const found = benchmarks.find(benchmark => benchmark.name === name)
    if (found) return found
    const known = benchmarks.map(benchmark => benchmark.name)
    throw new Error(
      `there is no benchmark '${name}' (known: ${known.join(', ')}); nearest: ${closestName(name, known)}`,
    )
  })
}

/** Runs it in its own process, so that no benchmark inherits the heap or processes of another. */
async function measureApart({ name }: Benchmark): Promise<BenchmarkResult | undefined> {
  const file = fileURLToPath(new URL('./one-main.js', import.meta.url))
  const child = fork(file, [name, flags.quick ? 'quick' : 'full'], {
    // Its own process group, so that it can end all of it where this process ends first.
    detached: true,
    execArgv: ['--expose-gc', '--enable-source-maps'],
  })
  let result: BenchmarkResult | undefined
  child.on('message', message => (result = message as BenchmarkResult))
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  if (!result) process.stderr.write(`benchmark ${name} ended with ${code ?? signal}\n`)
  return result
}

async function write(report: BenchReport): Promise<string> {
  await mkdir(flags.output, { recursive: true })
  const file = path.join(flags.output, `${report.date.replaceAll(/[:.]/g, '-')}.json`)
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`)
  return file
}
