import { appendFileSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { LeaseScripts } from '../../src/lease/lease-scripts.js'
import { Registry } from '../../src/lease/registry.js'
import { RunLeases } from '../../src/lease/run-leases.js'
import { seeded } from '../support/inject-faults.js'
import { auditCommands, auditRun, leasesByMark, parseAccessLog } from './audit-chaos.js'
import { auditLeftovers } from './audit-leftovers.js'
import { ChaosFarm, type ChaosFarmOptions } from './chaos-farm.js'
import { ChaosRuns, type EndedRun } from './chaos-runs.js'
import { hostFaults, redisFaults, unavailableFaults, userFaults, type FaultScene } from './faults.js'
import { chaosModules, pickModules } from './chaos-modules.js'
import { lastingFiles, lastingModule, measureHostDeaths } from './host-deaths.js'
import { Recoveries } from './recoveries.js'

export interface ChaosOptions extends ChaosFarmOptions {
  seed: number
  minutes: number
  /** It takes longer until so many faults were injected; default 0. */
  minFaults?: number
  /** Least and most modules of a run. */
  modules: readonly [number, number]
  /** Names of faults to inject; default all. */
  faults: readonly string[]
  /** How many hosts to kill at the end, when nothing else happens. */
  deaths: number
  /** Plants a violation of each kind before the audit, to show that it is found. */
  plantsViolations?: boolean
  print: (line: string) => void
}

export interface ChaosReport {
  runs: number
  abandoned: string[]
  modules: number
  struckOut: number
  wasted: number
  commands: number
  faults: number
  recoveries: ReadonlyMap<string, readonly number[]>
  /** Milliseconds from the death of a host, on a quiet farm, until its modules ran again elsewhere. */
  deaths: number[]
  violations: string[]
}

export const faultNames = [...Object.keys(hostFaults), ...Object.keys(redisFaults), ...Object.keys(userFaults)]

/** Runs at a time. */
const lanes = 2
/** Milliseconds without any event after which runs are hung. */
const hungAfterMs = 120_000
/** Milliseconds for a death on a quiet farm, the start of the next host included. */
const maxDeathMs = 60_000

/** Runs modules on a farm under constant faults, and audits everything that was seen. */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const lasting = Object.fromEntries(lastingFiles(options.hosts).map(file => [file, lastingModule]))
  await using farm = await ChaosFarm.start(options, { ...chaosModules(options.modules[1]), ...lasting })
  const unavailable = unavailableFaults(farm)
  for (const [fault, why] of unavailable) if (options.faults.includes(fault)) options.print(`no ${fault}: ${why}`)
  const faults = options.faults.filter(name => !unavailable.has(name))
  return await new Chaos(farm, { ...options, faults }).run()
}

class Chaos {
  readonly #random: () => number
  readonly #runs: ChaosRuns
  readonly #recoveries = new Recoveries()
  readonly #leaseOf = new Map<string, string>()
  readonly #ended: string[] = []
  readonly #report: ChaosReport
  readonly #scene: FaultScene
  readonly #over = new AbortController()
  /** Faults that are not repaired yet. */
  readonly #underWay = new Set<string>()
  #lastEventAt = performance.now()

  constructor(
    private readonly farm: ChaosFarm,
    private readonly options: ChaosOptions,
  ) {
    this.#random = seeded(options.seed)
    this.#runs = new ChaosRuns(farm)
    this.#scene = { farm, runs: this.#runs, random: this.#random }
    const counts = { runs: 0, modules: 0, struckOut: 0, wasted: 0, commands: 0, faults: 0 }
    this.#report = { ...counts, abandoned: [], recoveries: this.#recoveries.byFault, deaths: [], violations: [] }
    this.#runs.onEvent = (run, event) => this.#recoveries.see(run, event)
    this.#runs.onSign = () => (this.#lastEventAt = performance.now())
  }

  async run(): Promise<ChaosReport> {
    const end = performance.now() + this.options.minutes * 60_000
    const work = Promise.all(Array.from({ length: lanes }, (_, lane) => this.#lane(lane, end)))
    const faults = this.#injectFaults(end)
    const isHung = await Promise.race([work.then(() => false), this.#hung()])
    if (isHung) this.#over.abort()
    await faults
    this.#over.abort()
    if (!isHung) {
      await this.#measureDeaths()
      await this.#auditEnd()
    }
    return { ...this.#report, faults: this.#recoveries.faults }
  }

  async #measureDeaths(): Promise<void> {
    const { deaths } = this.options
    const measured = measureHostDeaths(this.farm, deaths)
    // If it fails after that, its farm has been stopped.
    measured.catch(() => {})
    const waiting = new AbortController()
    const late = delay(deaths * maxDeathMs, undefined, { signal: waiting.signal }).catch(() => undefined)
    const times = await Promise.race([measured, late])
    waiting.abort()
    if (times) this.#report.deaths.push(...times)
    else
      this.#violated(`modules of killed hosts did not run again: ${deaths} deaths took over ${deaths * maxDeathMs} ms`)
  }

  async #lane(lane: number, end: number): Promise<void> {
    for (let number = lane; this.#goesOn(end); number++) {
      const modules = pickModules(this.options.modules, this.#random)
      const ended = number % 2 === 0 ? await this.#runs.detached(modules) : await this.#runs.owned(modules)
      await this.#auditRun(ended)
      if (ended.views.length === 0) await delay(1_000)
    }
  }

  #goesOn(end: number): boolean {
    if (this.#over.signal.aborted) return false
    return performance.now() < end || this.#recoveries.faults < (this.options.minFaults ?? 0)
  }

  async #auditRun({ run, kind, views, abandoned, violations }: EndedRun): Promise<void> {
    this.#recoveries.end(run)
    this.#report.runs += 1
    this.#violated(...violations)
    for (const { events } of views) for (const [mark, lease] of leasesByMark(events)) this.#leaseOf.set(mark, lease)
    if (run !== 'unknown') this.#ended.push(run)
    if (abandoned !== undefined) {
      this.options.print(`${run} (${kind}): ${abandoned}`)
      return void this.#report.abandoned.push(`${run}: ${abandoned}`)
    }
    const stored = kind === 'detached' ? await this.#recorded(run) : undefined
    if (this.options.plantsViolations) stored?.set([...stored.keys()][0] ?? '', 'flaky')
    const audit = auditRun({ run, views, ...(stored && { recorded: stored }) })
    this.#report.modules += audit.modules
    this.#report.struckOut += audit.struckOut
    this.#report.wasted += audit.wasted
    this.#violated(...audit.violations)
    const { modules, faults } = { ...this.#report, faults: this.#recoveries.faults }
    this.options.print(
      `${run} (${kind}): ${audit.modules} modules, ${audit.wasted} wasted; so far ${modules}, ${faults} faults`,
    )
  }

  #violated(...violations: string[]): void {
    this.#report.violations.push(...violations)
    for (const violation of violations) this.options.print(`VIOLATION ${violation}`)
  }

  async #recorded(run: string): Promise<Map<string, string>> {
    const key = this.#leases.scripts.key('run', run, 'results')
    const stored = await this.farm.redis.ask(async admin => admin.hgetall(key))
    return new Map(
      Object.entries(stored).map(([module, text]) => [module, (JSON.parse(text) as { verdict: string }).verdict]),
    )
  }

  get #leases(): RunLeases {
    return new RunLeases(new LeaseScripts(this.farm.redis.admin))
  }

  async #injectFaults(end: number): Promise<void> {
    const repairs = new Set<Promise<void>>()
    let farmIsBusy = false
    while (this.#goesOn(end)) {
      await delay(1_000 + this.#random() * 2_000)
      const name = this.options.faults[Math.floor(this.#random() * this.options.faults.length)] ?? ''
      const quiet = this.farm.hosts.filter(({ isBusy }) => !isBusy)
      const host = quiet[Math.floor(this.#random() * quiet.length)]
      const ofHost = hostFaults[name]
      const ofFarm = redisFaults[name] ?? userFaults[name]
      if (ofHost ? !host : farmIsBusy || !ofFarm) continue
      this.#recoveries.injected(name, ofHost ? host?.name : undefined)
      if (ofHost && host) host.isBusy = true
      else farmIsBusy = true
      const label = ofHost ? `${name} ${host?.name}` : name
      this.#underWay.add(label)
      const work = (ofHost && host ? ofHost(this.#scene, host) : ofFarm?.(this.#scene)) ?? Promise.resolve()
      const repair = work
        .catch((error: unknown) => this.#violated(`${name} could not be injected: ${String(error)}`))
        .finally(() => {
          if (ofHost && host) host.isBusy = false
          else farmIsBusy = false
          repairs.delete(repair)
          this.#underWay.delete(label)
        })
      repairs.add(repair)
    }
    await Promise.all(repairs)
  }

  /** Resolves if nothing happens any longer. */
  async #hung(): Promise<boolean> {
    for (;;) {
      await delay(1_000, undefined, { signal: this.#over.signal, ref: false })
      if (performance.now() - this.#lastEventAt < hungAfterMs) continue
      this.#violated(`hung: no event of any run for ${hungAfterMs / 1_000} s`)
      await this.#printState()
      return true
    }
  }

  async #printState(): Promise<void> {
    const { print } = this.options
    for (const process of this.farm.running()) print(process)
    const devices = await this.farm.redis.ask(async admin => new Registry(new LeaseScripts(admin)).listDevices())
    for (const { name, state, reason } of devices) print(`${name}: ${state} ${reason}`)
    for (const fault of this.#underWay) print(`under way: ${fault}`)
  }

  /** No device may have taken a command that it should not have, and nothing may be left behind. */
  async #auditEnd(): Promise<void> {
    if (this.options.plantsViolations) await this.#plant()
    const commands = this.farm.accessLogs().flatMap(parseAccessLog)
    const audit = auditCommands(commands, this.#leaseOf)
    this.#report.commands = audit.commands
    this.#violated(...audit.violations)
    this.#violated(...(await auditLeftovers(this.farm, this.#ended)))
  }

  /** A zombie's command, and a key that nobody removes. */
  async #plant(): Promise<void> {
    for (const { log } of this.farm.hosts) {
      const [first = ''] = readFileSync(log, 'utf8').split('\n')
      appendFileSync(log, `${first}\n`)
    }
    await this.farm.redis.admin.set(this.#leases.scripts.key('run', 'planted'), 'x')
  }
}
