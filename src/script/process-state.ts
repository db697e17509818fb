import { existsSync } from 'node:fs'
import * as http from 'node:http'
import * as https from 'node:https'
import { syncBuiltinESMExports } from 'node:module'
import { types } from 'node:util'
import { accessorSettings, builtinObjects } from './builtins.js'
import { installDeviceGlobals } from './device-globals.js'
import { snapshotExpect } from './expect-state.js'
import { restoreGatewayAgent } from './gateway-agent.js'
import { stopLeftBehind, watchLeftBehind } from './left-behind.js'
import { ListenerSnapshot } from './listener-snapshot.js'
import { LoadedFiles } from './loaded-files.js'
import { stopHiddenTimers, watchTimers } from './module-timers.js'
import { collectObjects, type NamedObject } from './object-graph.js'
import { takeOneWayCalls, watchOneWayCalls } from './one-way-calls.js'
import { PlainFunctions } from './plain-functions.js'
import { snapshotSettings } from './process-settings.js'
import { PropertySnapshot, type Restoration } from './property-snapshot.js'
import { onLateImport, sharedObjects } from './shared-packages.js'
import { StandardStreams } from './standard-streams.js'

const syncImports = syncBuiltinESMExports

/** Everything in this process that modules can change and the next one could notice, as it was before the first module. */
export class ProcessState {
  readonly #properties: Restorable[]
  readonly #environment = { ...process.env }
  readonly #settings: () => string[]
  readonly #consoleMaps: readonly Map<unknown, unknown>[]
  readonly #expect: () => void
  readonly #files: LoadedFiles
  readonly #listeners: ListenerSnapshot[]
  readonly #streams: StandardStreams
  /** What `restoreProperties` could not put back the last time. */
  #stuck: readonly string[] = []

  /** Call it once, before the first module is loaded: it also starts to watch what can't be read later. */
  constructor() {
    watchOneWayCalls()
    watchTimers()
    watchLeftBehind()
    syncImports()
    const roots = [...builtinObjects(), ...sharedObjects()]
    this.#properties = snapshotAll(roots)
    this.#settings = snapshotSettings(accessorSettings())
    this.#consoleMaps = mapsOf(console)
    this.#expect = snapshotExpect()
    this.#files = new LoadedFiles()
    const emitters = [process, process.stdin, process.stdout, process.stderr, http.globalAgent, https.globalAgent]
    this.#listeners = emitters.map(emitter => new ListenerSnapshot(emitter))
    this.#streams = new StandardStreams()
    onLateImport(objects => this.#properties.push(...snapshotAll(objects)))
  }

  /**
   * Puts back the properties of shared objects. Uses nothing that a module could have replaced; the rest of the clean-up may
   * then rely on them.
   */
  restoreProperties(): Restoration {
    const restoration: Restoration = { changed: [], stuck: [] }
    const snapshots = this.#properties
    for (let index = 0; index < snapshots.length; index++) (snapshots[index] as Restorable).restore(restoration)
    syncImports()
    this.#stuck = restoration.stuck
    return restoration
  }

  /**
   * Puts back everything, after `restoreProperties`.
   * @param gateways - origins of the module's gateways
   * @param ranSince - code of the module may have run since `restoreProperties`
   * @returns what can't be put back; empty if the process is as it was
   */
  restore(gateways: readonly string[], ranSince: boolean): string[] {
    // First what could still run code of the module.
    const hiddenTimers = stopHiddenTimers()
    const left = stopLeftBehind()
    replaceEnvironment(this.#environment)
    const listeners = this.#listeners.filter(snapshot => snapshot.restore())
    for (const map of this.#consoleMaps) map.clear()
    this.#expect()
    restoreGatewayAgent(gateways)
    closeIdleSockets()
    clearPerformanceEntries()
    const settings = [...this.#settings(), ...this.#streams.restore()]
    const lasting = [...left.reasons, ...settings, ...takeOneWayCalls(), ...this.#files.restore()]
    const again = ranSince || hiddenTimers > 0 || left.stopped > 0 || listeners.length > 0
    if (again) this.restoreProperties()
    installDeviceGlobals()
    return [...lasting, ...this.#stuck]
  }
}

/** Gives the module exactly these environment variables, and the folder of its files as working directory. */
export function applyEnvironment(environment: Record<string, string>, directory: string): void {
  replaceEnvironment(environment)
  if (existsSync(directory)) process.chdir(directory)
}

interface Restorable {
  restore(into: Restoration): void
}

function snapshotAll(roots: readonly NamedObject[]): Restorable[] {
  const objects = collectObjects(roots)
  const snapshots = objects.map(({ object, name, ignored }) => new PropertySnapshot(object, name, ignored))
  return [...snapshots, new PlainFunctions(objects)]
}

/** Counters and timers of the console. */
function mapsOf(object: object): Map<unknown, unknown>[] {
  return Reflect.ownKeys(object)
    .map((key): unknown => Reflect.getOwnPropertyDescriptor(object, key)?.value)
    .filter(value => types.isMap(value))
}

function replaceEnvironment(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) {
    if (!Object.hasOwn(environment, name)) Reflect.deleteProperty(process.env, name)
  }
  Object.assign(process.env, environment)
}

/** They may have been opened with settings of the module, such as NODE_TLS_REJECT_UNAUTHORIZED. */
function closeIdleSockets(): void {
  for (const { freeSockets } of [http.globalAgent, https.globalAgent]) {
    for (const socket of Object.values(freeSockets).flat()) socket?.destroy()
  }
}

/** Entries that Node keeps in a resource timing buffer by default. */
const resourceTimings = 250

function clearPerformanceEntries(): void {
  performance.clearMarks()
  performance.clearMeasures()
  performance.clearResourceTimings()
  performance.setResourceTimingBufferSize(resourceTimings)
}
