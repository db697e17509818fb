import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pLimit from 'p-limit'
import { glob } from 'tinyglobby'
import { packageFile } from '../../src/process/package-root.js'
import { compareTests, formatComparison, messageKind, type ComparedTest, type ObservedTest } from './observed-test.js'
import { runBaton, withoutCi, type BatonOutcome } from './run-baton.js'

/** What mocha's command line did with one file. */
interface MochaOutcome {
  tests: ObservedTest[]
  /** Whether it reported anything: a process that ends itself does not. */
  reported: boolean
  failed: boolean
}

/** Milliseconds until a file that never ends is killed. */
const fileDeadlineMs = 20_000

/**
 * Runs each file of a folder of mocha's fixtures by mocha's command line, and all of them by Baton on fake devices.
 * @returns whether all agree
 */
export async function compareMocha(folder: string, patterns: readonly string[], all: boolean): Promise<boolean> {
  const files = (await glob([...patterns], { cwd: folder, ignore: ['**/node_modules/**'] })).toSorted()
  const temporary = await mkdtemp(path.join(tmpdir(), 'baton-compare-'))
  try {
    const limit = pLimit(2)
    const theirs = await Promise.all(
      files.map(file => limit(async () => [file, await runMochaFile(file, folder, temporary)] as const)),
    )
    const ours = await runOurs(files, folder, temporary)
    return report(theirs, ours, all)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

async function runMochaFile(file: string, folder: string, temporary: string): Promise<MochaOutcome> {
  const output = path.join(temporary, `${file.replaceAll('/', '-')}.json`)
  const options = ['--reporter', 'json', '--reporter-option', `output=${output}`, '--no-config', '--no-package']
  const command = [packageFile('node_modules', 'mocha', 'bin', 'mocha.js'), ...options, file]
  const child = spawn(process.execPath, command, {
    cwd: folder,
    stdio: 'ignore',
    env: withoutCi(),
    timeout: fileDeadlineMs,
    killSignal: 'SIGKILL',
  })
  const [exitCode] = (await once(child, 'close')) as [number | null]
  const text = await readFile(output, 'utf8').catch(() => undefined)
  return { tests: text === undefined ? [] : testsOf(text, file), reported: text !== undefined, failed: exitCode !== 0 }
}

interface JsonTest {
  fullTitle: string
  err: { message?: string }
}

/** Of mocha's JSON reporter: tests in their order, then hooks that failed. */
function testsOf(text: string, file: string): ObservedTest[] {
  const report = JSON.parse(text) as Record<'tests' | 'passes' | 'pending' | 'failures', JsonTest[]>
  const key = (test: JsonTest): string => JSON.stringify(test)
  const pending = new Set(report.pending.map(key))
  const failures = new Set(report.failures.map(key))
  const known = new Set(report.tests.map(key))
  const hooks = report.failures.filter(test => !known.has(key(test)))
  return [...report.tests, ...hooks].map(test => {
    const state = failures.has(key(test)) ? 'failed' : pending.has(key(test)) ? 'pending' : 'passed'
    return { file, title: test.fullTitle, state, ...(state === 'failed' && { message: test.err.message ?? '' }) }
  })
}

async function runOurs(files: readonly string[], folder: string, temporary: string): Promise<BatonOutcome> {
  const devices = path.join(temporary, 'devices.json')
  const fake = ['one', 'two'].map(name => ({ name, driver: 'fake', reset: 'none' }))
  await writeFile(devices, JSON.stringify({ devices: fake }))
  const limits = ['--timeout', '2000', '--module-timeout', String(fileDeadlineMs)]
  const options = ['--devices', devices, '--output', path.join(temporary, 'report'), ...limits]
  const outcome = await runBaton([...files, ...options], folder)
  // A file that can't be bundled keeps the others from running.
  const refused = files.filter(file => outcome.stderr.includes(`: ${file}:`))
  if (outcome.failed.size > 0 || refused.length === 0) return outcome
  process.stdout.write(`${outcome.stderr}\n`)
  return runBaton([...files.filter(file => !refused.includes(file)), ...options], folder)
}

function report(theirs: readonly (readonly [string, MochaOutcome])[], ours: BatonOutcome, all: boolean): boolean {
  let agreeing = 0
  const compared: ComparedTest[] = []
  for (const [file, mocha] of theirs) {
    const mine = ours.tests.filter(test => test.file === file)
    // What ends mocha's process before it reports fails the module.
    const bothBroke = !mocha.reported && mocha.failed && mine.every(({ title }) => title === '(module)')
    const tests = bothBroke ? [] : compareTests(mocha.tests, mine, messageKind)
    const sameEnd = mocha.failed === (ours.failed.get(file) ?? true)
    const sameOrder = orderOf(mocha.tests) === orderOf(mine)
    if (sameEnd && sameOrder && tests.every(({ agrees }) => agrees)) agreeing++
    else {
      const end = sameEnd ? '' : `, mocha ${mocha.failed ? 'fails' : 'passes'}, baton does not agree`
      const note = `${mocha.reported ? '' : ', mocha reports nothing'}${end}${sameOrder ? '' : ', another order'}`
      process.stdout.write(`≠ ${file}${note}\n`)
    }
    compared.push(...tests)
  }
  process.stdout.write(`${formatComparison(compared, { names: ['mocha', 'baton'], all })}\n`)
  process.stdout.write(`${agreeing} of ${theirs.length} files agree in counts, titles, messages, order and result\n`)
  return agreeing === theirs.length
}

/** Hooks are left out: the two report them at different moments. */
function orderOf(tests: readonly ObservedTest[]): string {
  return tests.flatMap(({ title }) => (/" hook/.test(title) || title === '(module)' ? [] : [title])).join('\n')
}
