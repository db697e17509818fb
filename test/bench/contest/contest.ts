import { rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { fakeApp } from '../../../drivers/fake/fake-app.js'
import type { AppiumServer } from '../../../src/host/appium/appium-server.js'
import { packageFile } from '../../../src/process/package-root.js'
import { Project } from '../../e2e/baton-cli.js'
import { startFakeAppium } from '../fake-appium.js'
import { WarmFarm } from '../warm-farm.js'
import { batonOn, peersWith, type Contestant } from './contestants.js'
import { moduleFiles, appFile, instancesVariable, addressVariable, stampsFile } from './module-files.js'
import { remoteAddress } from '../../support/remote-address.js'
import { runCommand, timed, type Cost } from './time-command.js'

export interface ContestSize {
  modules: number
  waitMs: number
  devices: number
  /** How often everybody runs, in turn; who is slow, once. */
  rounds: number
}

/** What one run of all modules took. Milliseconds. */
export interface Sample extends Cost {
  /** From the first line of the first module to the end of the last. */
  makespanMs: number
  /** From the submission to the last result, where there is such a thing. */
  submittedMs?: number
}

export interface Samples {
  warm: Sample[]
  cold: Sample[]
}

/** The names of Baton among the contestants: warm sessions are kept, or made anew after each module. */
export const batonName = 'Baton'
export const batonNewSessions = 'Baton, new sessions'

/** Lets everybody run the same modules in turn, on one Appium server. @returns what each took, by name */
export async function holdContest(size: ContestSize): Promise<Map<string, Samples>> {
  const project = new Project({ 'package.json': { type: 'module' }, [appFile]: fakeApp })
  try {
    symlinkSync(packageFile('node_modules'), path.join(project.directory, 'node_modules'), 'dir')
    project.write({
      ...moduleFiles({ ...size, directory: project.directory }),
      'cold.json': farmOf(project, size.devices),
    })
    const appium = await startOwnAppium(project)
    try {
      await using kept = await WarmFarm.start(project, 'kept', farmOf(project, size.devices, { appium: appium.url }))
      const anew = { appium: appium.url, reset: 'session' }
      await using renewed = await WarmFarm.start(project, 'renewed', farmOf(project, size.devices, anew))
      const contestants = [batonOn(batonName, kept, 'cold.json'), batonOn(batonNewSessions, renewed)]
      return await new Contest(project, size, appium).hold([...contestants, ...peersWith(size.devices)])
    } finally {
      await appium.stop()
    }
  } finally {
    project.remove()
  }
}

function farmOf(
  project: Project,
  devices: number,
  { appium, reset = 'none' }: { appium?: string; reset?: string } = {},
) {
  const shared = {
    driver: 'fake',
    app: path.join(project.directory, appFile),
    reset,
    ...(appium !== undefined && { appium: { url: appium } }),
  }
  return { devices: Array.from({ length: devices }, (_, index) => ({ name: `device-${index + 1}`, ...shared })) }
}

async function startOwnAppium(project: Project): Promise<AppiumServer> {
  return startFakeAppium(path.join(project.directory, 'appium.log'))
}

class Contest {
  readonly #samples = new Map<string, Samples>()

  constructor(
    private readonly project: Project,
    private readonly size: ContestSize,
    private readonly appium: AppiumServer,
  ) {}

  async hold(contestants: readonly Contestant[]): Promise<Map<string, Samples>> {
    // Once for nothing: Baton's workers and everybody's files are warm from here on.
    for (const { slow, warm } of contestants) if (!slow) await this.#run(warm, this.appium)
    for (let round = 0; round < this.size.rounds; round++) {
      // Who comes first, and finds the machine as the one before left it, changes.
      const turn = contestants.map((_, index) => contestants[(index + round) % contestants.length])
      for (const contestant of turn) {
        if (!contestant || (contestant.slow && round > 0)) continue
        const samples = this.#samples.get(contestant.name) ?? { warm: [], cold: [] }
        this.#samples.set(contestant.name, samples)
        samples.warm.push(await this.#warm(contestant))
        if (contestant.cold) samples.cold.push(await this.#cold(contestant, contestant.cold))
      }
    }
    return this.#samples
  }

  async #warm({ warm, ownAppium }: Contestant): Promise<Sample> {
    const cost = await timed(() => this.#run(warm, this.appium))
    const submittedMs = ownAppium ? { submittedMs: this.#submittedMs() } : {}
    return { ...cost, makespanMs: this.#makespanMs(), ...submittedMs }
  }

  async #cold({ ownAppium }: Contestant, command: readonly string[]): Promise<Sample> {
    const cost = await timed(async () => {
      if (ownAppium) return this.#run(command, undefined)
      const appium = await startOwnAppium(this.project)
      try {
        await this.#run(command, appium)
      } finally {
        await appium.stop()
      }
    })
    return { ...cost, makespanMs: this.#makespanMs() }
  }

  async #run(args: readonly string[], appium: AppiumServer | undefined): Promise<void> {
    rmSync(path.join(this.project.directory, stampsFile), { force: true })
    const env = {
      TMPDIR: this.project.temporary,
      [instancesVariable]: String(this.size.devices),
      ...(appium && { [addressVariable]: JSON.stringify(remoteAddress(appium.url)) }),
    }
    await runCommand({ args, cwd: this.project.directory, env })
  }

  /** @throws where not every module came to its end */
  #makespanMs(): number {
    const stamps = this.project.read(stampsFile).trimEnd().split('\n')
    if (stamps.length !== this.size.modules) throw new Error(`${stamps.length} of ${this.size.modules} modules ran`)
    const times = stamps.map(line => line.split(' ').map(Number))
    return Math.max(...times.map(([, end = 0]) => end)) - Math.min(...times.map(([began = 0]) => began))
  }

  #submittedMs(): number {
    const events = this.project.events()
    const start = events.find(({ type }) => type === 'run:start')
    const end = events.findLast(({ type }) => type === 'module:end')
    if (!start || !end) throw new Error('the run left no record')
    return end.at - start.at
  }
}
