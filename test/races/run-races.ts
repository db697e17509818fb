import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { RunEvent } from '../../src/event/run-event.js'
import { Exploration } from '../../src/explore/exploration.js'
import type { Iteration, Minimised } from '../../src/explore/iteration.js'
import { regressionTest } from '../../src/explore/regression-test.js'
import { scheduleSchema } from '../../src/explore/schedule.js'
import { packageFile } from '../../src/process/package-root.js'
import { RunningCli } from '../e2e/baton-cli.js'
import { pasteTest } from './paste-test.js'

/** What one exploration found of one race. */
export interface ExploredRace {
  iterations: Iteration[]
  /** Of the first bug. */
  minimised?: Minimised
}

/** Which app, with which network. */
export interface Variant {
  repaired?: boolean
  /** Only commands can be ordered, messages pass. */
  withoutProxy?: boolean
}

const folder = packageFile('test', 'races')

/** Runs Baton's command line on the apps, and reads its events. */
export class RacesRunner implements Disposable {
  readonly #directory = mkdtempSync(path.join(tmpdir(), 'baton-races-'))
  #runs = 0

  /** @returns race → what was found */
  async explore(
    names: readonly string[],
    options: readonly string[],
    variant: Variant = {},
  ): Promise<Map<string, ExploredRace>> {
    const events = await this.#baton(['explore', ...names.map(moduleOf), ...options], variant)
    const nameOf = namesOf(events)
    const explorations = new Map(names.map(name => [name, new Exploration()]))
    for (const event of events) {
      const exploration = 'module' in event ? explorations.get(nameOf(event.module)) : undefined
      if (event.type === 'explore:iteration') exploration?.add(event.iteration, event.lease)
      if (event.type === 'explore:minimised') exploration?.minimise(event.minimised)
    }
    return new Map([...explorations].map(([name, exploration]) => [name, exploredRace(exploration)]))
  }

  /** Runs the modules again and again as they are. @returns race → verdicts */
  async repeat(names: readonly string[], times: number): Promise<Map<string, boolean[]>> {
    return this.#repeat(names.map(moduleOf), times)
  }

  /**
   * Pastes the printed regression test into the module, and runs that without exploring.
   * @returns whether it passed, each time; with the race, or without it
   */
  async regress(name: string, { schedule }: Minimised, times: number, variant: Variant): Promise<boolean[]> {
    const source = readFileSync(moduleOf(name), 'utf8').replace(
      "'../race-app.js'",
      JSON.stringify(`${folder}/race-app.js`),
    )
    const file = path.join(this.#directory, `${name}.ts`)
    writeFileSync(file, pasteTest(source, regressionTest(schedule)))
    return (await this.#repeat([file], times, variant)).get(name) ?? []
  }

  async #repeat(modules: readonly string[], times: number, variant: Variant = {}): Promise<Map<string, boolean[]>> {
    const plan = path.join(this.#directory, 'plan.json')
    const suites = Array.from({ length: times }, (_, index) => ({ name: `${index + 1}`, modules }))
    writeFileSync(plan, JSON.stringify({ suites }))
    const events = await this.#baton(['run', '--plan', plan], variant)
    const nameOf = namesOf(events)
    const passed = new Map(modules.map(file => [path.basename(file, '.ts'), [] as boolean[]]))
    for (const event of events) {
      if (event.type === 'test:end') passed.get(nameOf(event.module))?.push(event.state === 'passed')
    }
    return passed
  }

  /** Repeats a schedule by its trace. @returns how often it failed in the same way */
  async replay(minimised: Minimised, times: number): Promise<number> {
    const file = path.join(this.#directory, 'replayed.schedule.json')
    const { holds: _, ...schedule } = scheduleSchema.parse(minimised.schedule)
    writeFileSync(file, JSON.stringify(schedule))
    const events = await this.#baton(['replay', file, '--times', String(times)], {})
    return events.filter(
      event =>
        event.type === 'explore:iteration' &&
        event.iteration.purpose === 'replay' &&
        event.iteration.schedule?.error.signature === schedule.error.signature,
    ).length
  }

  async #baton(args: readonly string[], { repaired, withoutProxy }: Variant): Promise<RunEvent[]> {
    this.#runs += 1
    const output = path.join(this.#directory, `run-${this.#runs}`)
    const devices = ['--devices', withoutProxy ? this.#devicesWithoutProxy() : path.join(folder, 'devices.json')]
    const env = repaired ? ['--env', 'REPAIRED=1'] : []
    const command = [process.execPath, packageFile('dist', 'src', 'cli', 'main.js'), ...args, ...devices, ...env]
    const cli = new RunningCli([...command, '--json', '--output', output], { cwd: folder, env: {}, stdin: 'ignore' })
    const { exitCode, stderr } = await cli.done
    if (exitCode === 0 || exitCode === 1) return readEvents(output)
    throw new Error(`baton ${args.join(' ')} exited with ${exitCode}:\n${stderr}`)
  }

  #devicesWithoutProxy(): string {
    const file = path.join(this.#directory, 'devices.json')
    const devices = ['alice', 'bob', 'carol'].map(name => ({ name, driver: 'chromium', proxy: false }))
    const races = { command: `node '${path.join(folder, 'server.mjs')}'`, ready: '/health', reset: '/reset' }
    writeFileSync(file, JSON.stringify({ devices, servers: { races } }))
    return file
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}

function exploredRace({ iterations, bugs }: Exploration): ExploredRace {
  const minimised = [...bugs.values()].find(bug => bug.minimised)?.minimised
  return { iterations, ...(minimised && { minimised }) }
}

const moduleOf = (name: string): string => path.join(folder, 'modules', `${name}.ts`)

/** From the report: the output is only what a terminal could show. */
function readEvents(output: string): RunEvent[] {
  const lines = readFileSync(path.join(output, 'latest', 'events.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
  return lines.map(line => JSON.parse(line) as RunEvent)
}

function namesOf(events: readonly RunEvent[]): (module: string) => string {
  const modules = events.flatMap(event => (event.type === 'run:start' ? event.modules : []))
  const names = new Map(modules.map(({ id, file }) => [id, path.basename(file, '.ts')]))
  return module => names.get(module) ?? ''
}
