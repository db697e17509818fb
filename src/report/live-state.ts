import type { RunEvent } from '../event/run-event.js'
import type { ModuleVerdict } from '../event/verdicts.js'
import { widthOf } from './fit-text.js'
import { moduleName } from './module-name.js'
import { plainLine } from './plain-text.js'

/** A module while it is executed. */
export interface LiveAttempt {
  module: string
  lease: string
  startedAt: number
  /** False while the module itself is loaded. */
  loaded: boolean
  /** Of the test that runs; absent between tests. */
  title?: string[]
  /** Device that has the baton; absent until somebody has it. */
  holder?: string
  /** Devices of branches that run at the same time; they hold a baton each. */
  acting: Set<string>
  /** Device → what its branch, or the test itself, waits for. */
  waits: Map<string, string>
}

export interface LiveDevice {
  name: string
  /** What it was last told to be, where nobody can have it. */
  trouble?: string
  /** What it does now, and as whom; absent where it does nothing for this run. */
  use?: { attempt: LiveAttempt; role: string }
}

/**
 * What a live view shows: as little as fits on a screen, so that a frame costs the same in a run of ten modules and of
 * ten thousand. Times are of the clock that shows them, not of the hosts'.
 */
export interface LiveState {
  startedAt: number
  /** False while the run is made ready. */
  begun: boolean
  /** Id → file, without the folder that all modules share. Of modules that have not ended. */
  open: Map<string, string>
  modules: number
  /** Columns that the widest of these files takes. */
  fileWidth: number
  ended: Map<ModuleVerdict, number>
  /** In the order in which they were heard of. */
  devices: Map<string, LiveDevice>
  /** By lease. */
  running: Map<string, LiveAttempt>
}

export function newLiveState(now: number): LiveState {
  const [open, ended, devices, running] = [new Map(), new Map(), new Map(), new Map()]
  return { startedAt: now, begun: false, open, modules: 0, fileWidth: 0, ended, devices, running }
}

/** Adds one event. Where the end of an attempt was never told, the next one of its module or of its device ends it. */
export function applyToLive(state: LiveState, event: RunEvent, now: number): void {
  switch (event.type) {
    case 'run:start': {
      state.begun = true
      state.startedAt = now
      const folder = sharedFolder(event.modules.map(({ file }) => file))
      for (const module of event.modules) {
        const file = module.file.slice(folder.length)
        state.open.set(module.id, plainLine(moduleName({ ...module, file })))
      }
      for (const file of state.open.values()) state.fileWidth = Math.max(state.fileWidth, widthOf(file))
      state.modules = state.open.size
      return
    }
    case 'device:state':
      return setTrouble(deviceOf(state, event.device), event.state, event.reason)
    case 'attempt:start':
      return start(state, event, now)
    case 'attempt:end':
      return release(state, event.lease)
    case 'module:end':
      if (!state.open.delete(event.module)) return
      state.ended.set(event.verdict, (state.ended.get(event.verdict) ?? 0) + 1)
      return releaseModule(state, event.module)
    case 'stage':
      return
    case 'module:loaded':
    case 'test:start':
    case 'test:end':
    case 'baton:pass':
    case 'branch:start':
    case 'branch:end':
    case 'branch:wait':
    case 'branch:resume': {
      const attempt = state.running.get(event.lease)
      if (attempt) advance(attempt, event)
      return
    }
    case 'events:dropped':
    case 'barrier:arrive':
    case 'signal':
    case 'log':
    case 'artifact':
    case 'run:end':
  }
}

function start(state: LiveState, event: Extract<RunEvent, { type: 'attempt:start' }>, now: number): void {
  const { module, lease, devices } = event
  releaseModule(state, module)
  const attempt: LiveAttempt = { module, lease, startedAt: now, loaded: false, acting: new Set(), waits: new Map() }
  state.running.set(lease, attempt)
  for (const [role, name] of Object.entries(devices)) {
    const device = deviceOf(state, name)
    if (device.use) release(state, device.use.attempt.lease)
    device.use = { attempt, role }
    delete device.trouble
  }
}

type ProgressEvent = Extract<
  RunEvent,
  { type: 'module:loaded' | 'test:start' | 'test:end' | 'baton:pass' | `branch:${string}` }
>

function advance(attempt: LiveAttempt, event: ProgressEvent): void {
  attempt.loaded = true
  switch (event.type) {
    case 'module:loaded':
      return
    case 'test:start':
      attempt.title = event.title
      return
    case 'test:end':
      delete attempt.title
      attempt.acting.clear()
      return attempt.waits.clear()
    case 'baton:pass':
      // A branch's own baton; that of the test stays where it was.
      if (!attempt.acting.has(event.device)) attempt.holder = event.device
      return
    case 'branch:start':
      return void attempt.acting.add(event.device)
    case 'branch:end':
      attempt.acting.delete(event.device)
      return void attempt.waits.delete(event.device)
    case 'branch:wait':
      // Of a device that the test has lent to a branch, the branch says more.
      if (event.branch !== '' || !attempt.acting.has(event.device)) attempt.waits.set(event.device, waitOf(event))
      return
    case 'branch:resume':
      return void attempt.waits.delete(event.device)
  }
}

function waitOf({ on, name }: Extract<RunEvent, { type: 'branch:wait' }>): string {
  const what = on === 'barrier' ? 'at barrier' : on === 'signal' ? 'for signal' : 'for'
  return `waits ${what} ${plainLine(name)}`
}

function releaseModule(state: LiveState, module: string): void {
  for (const attempt of state.running.values()) if (attempt.module === module) release(state, attempt.lease)
}

function release(state: LiveState, lease: string): void {
  if (!state.running.delete(lease)) return
  for (const device of state.devices.values()) if (device.use?.attempt.lease === lease) delete device.use
}

function deviceOf(state: LiveState, name: string): LiveDevice {
  const device = state.devices.get(name) ?? { name }
  state.devices.set(name, device)
  return device
}

function setTrouble(device: LiveDevice, state: string, reason: string | undefined): void {
  if (state === 'quarantined' || state === 'offline') device.trouble = reason ? `${state}: ${reason}` : state
  else delete device.trouble
}

/** The folder that all files are in, with the `/` at its end. */
function sharedFolder(files: readonly string[]): string {
  const [first = '', ...rest] = files
  let folder = first.slice(0, first.lastIndexOf('/') + 1)
  for (const file of rest) {
    while (!file.startsWith(folder)) folder = folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1)
  }
  return folder
}
