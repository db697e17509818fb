import { existsSync } from 'node:fs'
import { getGlobalDispatcher, setGlobalDispatcher } from 'undici'
import { isNodeInternal, snapshotBuiltins } from './builtins.js'
import { installDeviceGlobals } from './device-globals.js'
import { snapshotExpect } from './expect-state.js'
import { snapshotProperties, type Restore } from './property-snapshot.js'

/** Snapshots everything that a module may change in this process. */
export function snapshotProcess(): Restore {
  const environment = { ...process.env }
  const cwd = process.cwd()
  const listeners = snapshotListeners()
  const dispatcher = getGlobalDispatcher()
  const restores = [
    snapshotProperties(globalThis, 'globalThis'),
    snapshotProperties(process, 'process', isNodeInternal),
    snapshotProperties(process.argv, 'process.argv'),
    snapshotBuiltins(),
    snapshotExpect(),
  ]
  return () => {
    const stuck = restores.flatMap(restore => restore())
    replaceEnvironment(environment)
    process.chdir(cwd)
    process.exitCode = undefined
    listeners()
    setGlobalDispatcher(dispatcher)
    installDeviceGlobals()
    return stuck
  }
}

/** Gives the module exactly these environment variables, and the folder of its files as working directory. */
export function applyEnvironment(environment: Record<string, string>, directory: string): void {
  replaceEnvironment(environment)
  if (existsSync(directory)) process.chdir(directory)
}

function replaceEnvironment(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) {
    if (!Object.hasOwn(environment, name)) Reflect.deleteProperty(process.env, name)
  }
  Object.assign(process.env, environment)
}

type Listener = (...args: unknown[]) => void

function snapshotListeners(): () => void {
  const before = new Map(process.eventNames().map(name => [name, rawListeners(name)]))
  return () => {
    for (const name of process.eventNames()) {
      for (const listener of rawListeners(name)) {
        if (!before.get(name)?.includes(listener)) process.removeListener(name, listener)
      }
    }
    for (const [name, listeners] of before) {
      const now = rawListeners(name)
      for (const listener of listeners) if (!now.includes(listener)) process.on(name, listener)
    }
  }
}

function rawListeners(name: string | symbol): Listener[] {
  return process.rawListeners(name) as Listener[]
}
