import type { ErrorRecord, RunEvent } from '../../src/event/run-event.js'
import type { ModuleVerdict, TestState } from '../../src/event/verdicts.js'
import type { CliResult } from './baton-cli.js'

/** How one module of a run ended, as its events tell. */
export interface ModuleOutcome {
  verdict: ModuleVerdict | undefined
  attempts: number
  reasons: string[]
  /** Title, its parts joined by ` › ` → how the test ended last. */
  tests: Record<string, TestState>
  /** Title of a test or hook → its failure. */
  failures: Record<string, ErrorRecord>
  /** Why attempts failed as a whole, oldest first. */
  errors: ErrorRecord[]
  /** Lines that it printed. */
  printed: string[]
  /** Roles, each as often as it got the baton. */
  passes: string[]
  /** Devices of its last attempt, by role. */
  devices: Record<string, string>
}

/** What a run that was started with `--json` told, module by module. */
export class RunOutcome {
  readonly events: RunEvent[]
  /** The run's id. */
  run = ''
  readonly #files = new Map<string, string>()
  readonly #modules = new Map<string, ModuleOutcome>()

  constructor(readonly result: CliResult) {
    this.events = result.stdout
      .split('\n')
      .filter(line => line.startsWith('{'))
      .map(line => JSON.parse(line) as RunEvent)
    for (const event of this.events) this.#take(event)
  }

  /** @param file - as the run names it, e.g. `modules/chat.ts` */
  module(file: string): ModuleOutcome {
    const id = this.#files.get(file)
    const module = id === undefined ? undefined : this.#modules.get(id)
    if (!module)
      throw new Error(`no module ${file} ran; stdout:\n${this.result.stdout}\nstderr:\n${this.result.stderr}`)
    return module
  }

  /** File → verdict of every module. */
  get verdicts(): Record<string, ModuleVerdict | undefined> {
    return Object.fromEntries([...this.#files].map(([file, id]) => [file, this.#modules.get(id)?.verdict]))
  }

  #take(event: RunEvent): void {
    if (event.type === 'run:start') {
      this.run = event.run
      for (const { id, file } of event.modules) {
        this.#files.set(file, id)
        this.#modules.set(id, empty())
      }
    }
    const module = 'module' in event ? this.#modules.get(event.module) : undefined
    if (module) apply(module, event)
  }
}

function empty(): ModuleOutcome {
  return {
    verdict: undefined,
    attempts: 0,
    reasons: [],
    tests: {},
    failures: {},
    errors: [],
    printed: [],
    passes: [],
    devices: {},
  }
}

function apply(module: ModuleOutcome, event: RunEvent): void {
  switch (event.type) {
    case 'attempt:start':
      module.devices = event.devices
      return
    case 'test:end': {
      const title = event.title.join(' › ')
      if (event.kind === 'test') module.tests[title] = event.state
      if (event.error) module.failures[title] = event.error
      return
    }
    case 'log':
      module.printed.push(...event.text.split('\n'))
      return
    case 'baton:pass':
      module.passes.push(event.role)
      return
    case 'attempt:end':
      if (event.error) module.errors.push(event.error)
      return
    case 'module:end':
      module.verdict = event.verdict
      module.attempts = event.attempts
      module.reasons = event.reasons ?? []
      return
    case 'run:start':
    case 'run:end':
    case 'stage':
    case 'device:state':
    case 'module:wait':
    case 'module:loaded':
    case 'test:start':
    case 'branch:start':
    case 'branch:end':
    case 'branch:wait':
    case 'branch:resume':
    case 'events:dropped':
    case 'barrier:arrive':
    case 'signal':
    case 'network':
    case 'file':
    case 'warning':
    case 'snapshots':
    case 'explore:iteration':
    case 'explore:minimised':
    case 'artifact':
  }
}
