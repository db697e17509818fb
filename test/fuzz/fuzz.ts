import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Project, type CliResult } from '../e2e/baton-cli.js'
import { RunOutcome } from '../e2e/run-outcome.js'
import { faultsOfJunit, faultsOfRunJson } from '../support/report-schemas.js'
import { hostileModule, innocentModule, type HostileModule } from './hostile-module.js'

export interface FuzzResult {
  modules: number
  /** How often each kind of hostility was tried. */
  kinds: Record<string, number>
  /** Each with what replays it. */
  faults: string[]
}

/** Many modules wait for a time limit; then another one may use the processor. */
const devices = ['one', 'two', 'three', 'four', 'five', 'six'].map(name => ({ name, driver: 'fake', reset: 'none' }))
/** Milliseconds; the run as a whole is killed long after each of its modules should have been. */
const limits = { test: 400, module: 1_500, moduleOfRun: 6_000, run: 60_000 } as const

/** Runs hostile modules of a seed, with one innocent module for every two of them, and checks what must hold. */
export async function fuzzBatch(seed: number, first: number, count: number): Promise<FuzzResult> {
  const hostile = Array.from({ length: count }, (_, offset) => hostileModule(seed, first + offset))
  const faults = await faultsOf(hostile)
  const replays = faults.length > 0 ? await shrink(seed, hostile, faults) : []
  const kinds: Record<string, number> = {}
  for (const kind of hostile.flatMap(module => module.kinds)) kinds[kind] = (kinds[kind] ?? 0) + 1
  const where = `--seed ${seed} --first ${first} --count ${count}`
  return { modules: count, kinds, faults: faults.map(fault => `${fault} (${where}${replays.join('')})`) }
}

/** A module that is to blame is as a rule the one that is named, or ran just before it. */
const maxSuspects = 6

/** Finds the single module, and the part of it, that is enough for a fault. */
async function shrink(
  seed: number,
  modules: readonly HostileModule[],
  [fault = '']: readonly string[],
): Promise<string[]> {
  const index = Number(/(\d{6})-(?:hostile|innocent)/.exec(fault)?.[1] ?? modules.at(-1)?.index)
  const suspects = modules.filter(module => module.index <= index).slice(-maxSuspects)
  for (const { index, kinds } of suspects.toReversed()) {
    if ((await faultsOf([hostileModule(seed, index)])).length === 0) continue
    for (const [place, kind] of kinds.entries()) {
      const part = hostileModule(seed, index, [place])
      if ((await faultsOf([part])).length > 0) return [`; module ${index}, only '${kind}':\n${part.code}`]
    }
    return [`; module ${index}: ${kinds.join(', ')}`]
  }
  return ['; no single module is enough']
}

export async function faultsOf(modules: readonly HostileModule[]): Promise<string[]> {
  const files = modules.map(({ code, index }) => [`modules/${name(index)}-hostile.mjs`, code] as const)
  const innocents = modules
    .filter((_, place) => place % 2 === 0)
    .map(({ index }) => [`modules/${name(index)}-innocent.mjs`, innocentModule] as const)
  const project = new Project({ 'devices.json': { devices }, ...Object.fromEntries([...files, ...innocents]) })
  try {
    const args = ['--json', '--junit', 'junit.xml', '--timeout', String(limits.test)]
    const cli = project.start(['run', 'modules/*.mjs', ...args, '--module-timeout', String(limits.module)])
    const limitMs = limits.run + modules.length * limits.moduleOfRun
    const killer = setTimeout(() => cli.child.kill('SIGKILL'), limitMs)
    const result = await cli.done
    clearTimeout(killer)
    const expected = new Map(modules.map(({ index, verdicts }) => [`modules/${name(index)}-hostile.mjs`, verdicts]))
    for (const [file] of innocents) expected.set(file, new Set(['passed']))
    return await check(project, result, expected)
  } finally {
    project.remove()
  }
}

/** @param expected - the verdicts that are true, by file */
async function check(
  project: Project,
  result: CliResult,
  expected: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<string[]> {
  const faults: string[] = []
  if (result.exitCode !== 0 && result.exitCode !== 1) {
    return [`the run ended with ${result.exitCode ?? result.signal}: ${result.stderr.slice(-2_000)}`]
  }
  if (/BATON_INTERNAL|please report/.test(result.stderr + result.stdout)) faults.push('an internal error was reported')
  const outcome = new RunOutcome(result)
  for (const [file, verdicts] of expected) {
    const verdict = outcome.verdicts[file]
    if (verdict !== undefined && verdicts.has(verdict)) continue
    const { errors, failures, reasons } = outcome.module(file)
    const texts = JSON.stringify([errors, failures, reasons]).slice(0, 1_500)
    // The test's time limit is short, and the machine may be busy.
    if (verdict === 'failed' && verdicts.has('passed') && timedOut.test(texts)) continue
    faults.push(`${file}: ${verdict} (expected: ${[...verdicts].join(' or ')}) ${texts}`)
  }
  const report = path.join(project.directory, 'baton-report', 'latest')
  faults.push(
    ...faultsOfRunJson(readFileSync(path.join(report, 'run.json'), 'utf8')).map(fault => `run.json: ${fault}`),
  )
  faults.push(...(await faultsOfJunit(project.read('junit.xml'))).map(fault => `junit.xml: ${fault}`))
  if (project.events().length === 0) faults.push('events.ndjson is empty')
  return faults
}

const timedOut = /Timeout of \d+ ?ms|was stopped after \d+ ms/

/** In the order in which they are made, so that each innocent module follows a hostile one. */
function name(index: number): string {
  return String(index).padStart(6, '0')
}
