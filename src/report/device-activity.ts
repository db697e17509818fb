import type { RunEvent } from '../event/run-event.js'

/** An attempt while it runs. */
export interface RunningAttempt {
  module: string
  lease: string
  /** False while the module itself is loaded. */
  loaded: boolean
  /** Of the test that runs; absent between tests. */
  title?: string[]
  /** The device that has the baton; absent until one has it. */
  holder?: string
  /** Devices of branches that run at the same time: each has its own baton. */
  acting: Set<string>
  /** Device → what its branch waits for. */
  waits: Map<string, { on: Wait['on']; name: string }>
}

export interface DeviceActivity {
  name: string
  /** Why it can't be used; absent if it can. */
  trouble?: string
  /** What it does now, and in which role; absent if nothing for this run. */
  use?: { attempt: RunningAttempt; role: string }
}

type Wait = Extract<RunEvent, { type: 'branch:wait' }>
type BranchEvent = Extract<RunEvent, { type: `branch:${string}` }>

/** What devices do now. If the end of an attempt is missing, the next one of its module or device ends it. */
export class DeviceActivities {
  /** By name, in the order in which they were first mentioned. */
  readonly devices = new Map<string, DeviceActivity>()
  /** By lease. */
  readonly running = new Map<string, RunningAttempt>()

  startAttempt({ module, lease, devices }: Extract<RunEvent, { type: 'attempt:start' }>): void {
    this.endModule(module)
    const attempt: RunningAttempt = { module, lease, loaded: false, acting: new Set(), waits: new Map() }
    this.running.set(lease, attempt)
    for (const [role, name] of Object.entries(devices)) {
      const device = this.#device(name)
      if (device.use) this.endAttempt(device.use.attempt.lease)
      device.use = { attempt, role }
      delete device.trouble
    }
  }

  endAttempt(lease: string): void {
    if (!this.running.delete(lease)) return
    for (const device of this.devices.values()) if (device.use?.attempt.lease === lease) delete device.use
  }

  endModule(module: string): void {
    for (const attempt of this.running.values()) if (attempt.module === module) this.endAttempt(attempt.lease)
  }

  setTrouble(name: string, trouble: string | undefined): void {
    const device = this.#device(name)
    if (trouble === undefined) delete device.trouble
    else device.trouble = trouble
  }

  load({ lease }: { lease: string }): RunningAttempt | undefined {
    const attempt = this.running.get(lease)
    if (attempt) attempt.loaded = true
    return attempt
  }

  startTest(event: Extract<RunEvent, { type: 'test:start' }>): void {
    const attempt = this.load(event)
    if (attempt) attempt.title = event.title
  }

  endTest(event: Extract<RunEvent, { type: 'test:end' }>): void {
    const attempt = this.load(event)
    if (!attempt) return
    delete attempt.title
    attempt.acting.clear()
    attempt.waits.clear()
  }

  /** The baton of a branch stays with the branch; that of the test stays where it was. */
  passBaton(event: Extract<RunEvent, { type: 'baton:pass' }>): void {
    const attempt = this.load(event)
    if (attempt && !attempt.acting.has(event.device)) attempt.holder = event.device
  }

  moveBranch(event: BranchEvent): void {
    const attempt = this.load(event)
    if (attempt) moveBranch(attempt, event)
  }

  #device(name: string): DeviceActivity {
    const device = this.devices.get(name) ?? { name }
    this.devices.set(name, device)
    return device
  }
}

function moveBranch({ acting, waits }: RunningAttempt, event: BranchEvent): void {
  switch (event.type) {
    case 'branch:start':
      acting.add(event.device)
      return
    case 'branch:end':
      acting.delete(event.device)
      waits.delete(event.device)
      return
    case 'branch:wait':
      // If the test has lent a device to a branch, what the branch waits for is more informative.
      if (event.branch !== '' || !acting.has(event.device)) waits.set(event.device, { on: event.on, name: event.name })
      return
    case 'branch:resume':
      waits.delete(event.device)
  }
}
