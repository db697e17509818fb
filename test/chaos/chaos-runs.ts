import { createInterface } from 'node:readline'
import type { RunEvent } from '../../src/event/run-event.js'
import type { RunningCli } from '../e2e/baton-cli.js'
import type { RunView } from './audit-chaos.js'
import type { ChaosFarm } from './chaos-farm.js'

/** A process that prints a run's events. */
interface Reader {
  readonly name: string
  readonly cli: RunningCli
  readonly events: RunEvent[]
}

export interface EndedRun {
  run: string
  kind: 'detached' | 'owned'
  views: RunView[]
  /** Why it has no results by design: its submitter was killed, or could not submit it and reported that. */
  abandoned?: string
  violations: string[]
}

const followersOfRun = 2

/** The runs under way: submitted, followed, killed and followed again. */
export class ChaosRuns {
  /** Of detached runs, whose death ends nothing. */
  readonly #followers = new Map<RunningCli, { killed: boolean }>()
  /** Of detached runs, while they are being submitted. */
  readonly #submitters = new Map<RunningCli, { killed: boolean }>()
  /** Of runs that die with their process. */
  readonly #owners = new Map<RunningCli, { killed: boolean }>()
  #readers = 0
  /** Gets each event of each run once from one of its readers, or again from its successor. */
  onEvent: (run: string, event: RunEvent) => void = () => {}
  /** Called whenever any reader has printed anything. */
  onSign: () => void = () => {}

  constructor(private readonly farm: ChaosFarm) {}

  /** Commands wait while hosts are frozen: no test may fail because of that. */
  get #options(): string[] {
    const { leaseTtlMs } = this.farm
    return ['--owner-ttl', String(Math.max(15_000, leaseTtlMs * 2)), '--timeout', String(leaseTtlMs * 30)]
  }

  async owned(modules: readonly string[]): Promise<EndedRun> {
    const reader = this.#read(`owner ${++this.#readers}`, ['run', '--json', ...this.#options, ...modules], true)
    const state = { killed: false }
    this.#owners.set(reader.cli, state)
    const { exitCode, stderr } = await reader.cli.done
    this.#owners.delete(reader.cli)
    const run = runOf(reader) ?? 'unknown'
    const ended: EndedRun = { run, kind: 'owned', views: [viewOf(reader)], violations: [] }
    if (state.killed) return { ...ended, abandoned: 'its submitter was killed' }
    const isWhole = (exitCode === 0 || exitCode === 3) && !/^BATON_REDIS: /m.test(stderr)
    if (isWhole && runOf(reader) !== undefined && isDone(reader)) return ended
    return { ...ended, ...explained(run, { exitCode, stderr }) }
  }

  async detached(modules: readonly string[]): Promise<EndedRun> {
    const submitted = await this.#submit(modules)
    if (typeof submitted !== 'string') return submitted
    const run = submitted
    const violations: string[] = []
    const follow = async (number: number): Promise<RunView[]> => {
      for (;;) {
        const name = `follower ${++this.#readers}`
        const reader = this.#read(name, ['follow', run, '--json', '--output', `report-${name}`], number === 0)
        const state = { killed: false }
        this.#followers.set(reader.cli, state)
        const result = await reader.cli.done
        this.#followers.delete(reader.cli)
        if (state.killed) continue
        if (isDone(reader)) return [viewOf(reader)]
        const { abandoned, violations: problems } = explained(run, result)
        if (abandoned === undefined) violations.push(...problems)
        // As a user does who reads that Redis could not be reached.
        if (abandoned === undefined || /no longer in Redis|no detached run/.test(abandoned)) return []
      }
    }
    const views = await Promise.all(Array.from({ length: followersOfRun }, (_, number) => follow(number)))
    const found = views.flat()
    return {
      run,
      kind: 'detached',
      views: found,
      violations,
      ...(found.length === 0 && { abandoned: 'lost with Redis' }),
    }
  }

  /** @returns the run; what to report if it was not submitted */
  async #submit(modules: readonly string[]): Promise<string | EndedRun> {
    const submitter = this.farm.user('run', '--detach', ...this.#options, ...modules)
    const state = { killed: false }
    this.#submitters.set(submitter, state)
    const { exitCode, stdout, stderr } = await submitter.done
    this.#submitters.delete(submitter)
    const run = stdout.trim()
    const failed: EndedRun = { run: 'unknown', kind: 'detached', views: [], violations: [] }
    if (state.killed) return run === '' ? { ...failed, abandoned: 'its submitter was killed' } : run
    return exitCode === 0 && run !== '' ? run : { ...failed, ...explained('a submission', { exitCode, stderr }) }
  }

  killFollower(): void {
    for (const [cli, state] of [...this.#followers].slice(0, 1)) {
      state.killed = true
      cli.child.kill('SIGKILL')
    }
  }

  killSubmitter(): void {
    for (const [cli, state] of [...this.#owners, ...this.#submitters].slice(0, 1)) {
      state.killed = true
      cli.child.kill('SIGKILL')
    }
  }

  #read(name: string, args: string[], reports: boolean): Reader {
    const cli = this.farm.user(...args)
    const reader: Reader = { name, cli, events: [] }
    if (cli.child.stdout) {
      createInterface({ input: cli.child.stdout }).on('line', line => {
        this.onSign()
        if (!line.startsWith('{')) return
        const event = JSON.parse(line) as RunEvent
        reader.events.push(event)
        if (reports) this.onEvent(runOf(reader) ?? name, event)
      })
    }
    return reader
  }
}

function runOf({ events }: Reader): string | undefined {
  const start = events.find(event => event.type === 'run:start')
  return start?.type === 'run:start' ? start.run : undefined
}

const isDone = ({ events }: Reader): boolean => events.some(({ type }) => type === 'run:end')
const viewOf = ({ name, events }: Reader): RunView => ({ reader: name, events })

/** A command that says clearly that Redis failed it, or has lost its run, is not a violation; a stack or silence is. */
function explained(
  what: string,
  { exitCode, stderr }: { exitCode: number | null; stderr: string },
): Pick<EndedRun, 'abandoned' | 'violations'> {
  const clear = /^BATON_(?:REDIS|RUN_UNKNOWN): .*$/m.exec(stderr)?.[0]
  if (clear !== undefined) return { abandoned: clear, violations: [] }
  return { violations: [`${what} ended with exit code ${exitCode}: ${stderr.slice(-2_000)}`] }
}
