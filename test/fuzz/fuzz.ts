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

const devices = ['one', 'two'].map(name => ({ name, driver: 'fake', reset: 'none' }))
/** Milliseconds; the run as a whole is killed long after each of its modules should have been. */
const limits = { test: 400, module: 1_500, moduleOfRun: 6_000, run: 60_000 } as const

/** Runs hostile modules of a seed, with one innocent module for every two of them, and checks what must hold. */
export async function fuzzBatch(seed: number, first: number, count: number): Promise<FuzzResult> {
  const hostile = Array.from({ length: count }, (_, offset) => hostileModule(seed, first + offset))
  const faults = await faultsOf(hostile)
  const replays = faults.length > 0 ? await shrink(seed, hostile) : []
  const kinds: Record<string, number> = {}
  for (const kind of hostile.flatMap(module => module.kinds)) kinds[kind] = (kinds[kind] ?? 0) + 1
  const where = `--seed ${seed} --first ${first} --count ${count}`
  return { modules: count, kinds, faults: faults.map(fault => `${fault} (${where}${replays.join('')})`) }
}

/** Finds the single module, and the part of it, that is enough for a fault. */
async function shrink(seed: number, modules: readonly HostileModule[]): Promise<string[]> {
  for (const { index, kinds } of modules) {
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
    // From outside, a process that kills itself looks like one that was killed: the farm tries it elsewhere, then gives up.
    const killers = modules
      .filter(({ kinds }) => kinds.includes('exit'))
      .map(({ index }) => `modules/${name(index)}-hostile.mjs`)
    return await check(project, result, { innocents: innocents.map(([file]) => file), killers })
  } finally {
    project.remove()
  }
}

interface Expected {
  /** Must pass. */
  innocents: readonly string[]
  /** May be lost. */
  killers: readonly string[]
}

async function check(project: Project, result: CliResult, { innocents, killers }: Expected): Promise<string[]> {
  const faults: string[] = []
  if (result.exitCode !== 0 && result.exitCode !== 1) {
    return [`the run ended with ${result.exitCode ?? result.signal}: ${result.stderr.slice(-2_000)}`]
  }
  if (/BATON_INTERNAL|please report/.test(result.stderr + result.stdout)) faults.push('an internal error was reported')
  const outcome = new RunOutcome(result)
  for (const [file, verdict] of Object.entries(outcome.verdicts)) {
    const expected = innocents.includes(file) ? ['passed'] : ['passed', 'failed', 'flaky', 'skipped']
    if (verdict !== undefined && expected.includes(verdict)) continue
    if (verdict === 'lost' && killers.includes(file)) continue
    const { errors, failures, reasons } = outcome.module(file)
    faults.push(`${file}: ${verdict} ${JSON.stringify([errors, failures, reasons]).slice(0, 1_500)}`)
  }
  const report = path.join(project.directory, 'baton-report', 'latest')
  faults.push(
    ...faultsOfRunJson(readFileSync(path.join(report, 'run.json'), 'utf8')).map(fault => `run.json: ${fault}`),
  )
  faults.push(...(await faultsOfJunit(project.read('junit.xml'))).map(fault => `junit.xml: ${fault}`))
  if (project.events().length === 0) faults.push('events.ndjson is empty')
  return faults
}

/** In the order in which they are made, so that each innocent module follows a hostile one. */
function name(index: number): string {
  return String(index).padStart(6, '0')
}
