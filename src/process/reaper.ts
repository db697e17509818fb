import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { OwnedResources, type OwnedResource, type ReaperMessage } from './owned-resources.js'

const owned = new OwnedResources()
let reaper: ChildProcess | undefined

/**
 * Has the reaper end or remove the resource once this process is gone, however it ends. The reaper is a child process that
 * is started with the first registration, and again if it is killed.
 */
export function registerResource(resource: OwnedResource): void {
  update({ type: 'register', resource })
}

/** To be called once the resource is gone. */
export function unregisterResource(resource: OwnedResource): void {
  update({ type: 'unregister', resource })
}

function update(message: ReaperMessage): void {
  owned.apply(message)
  if (reaper) send(reaper, message)
  else reaper = startReaper()
}

function startReaper(): ChildProcess {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./reaper-main.js', import.meta.url))], {
    detached: true,
    // Nothing inherited: whoever reads this process's output must not wait for the reaper's end.
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  })
  child.unref()
  const restart = () => {
    if (reaper === child) reaper = owned.isEmpty ? undefined : startReaper()
  }
  child.once('exit', restart)
  // A reaper that cannot be started must not end its owner: what it would have cleaned is then left to the owner alone.
  child.once('error', () => {})
  child.stdin?.on('error', () => {})
  for (const resource of owned.all) send(child, { type: 'register', resource })
  return child
}

function send(child: ChildProcess, message: ReaperMessage): void {
  child.stdin?.write(`${JSON.stringify(message)}\n`)
}
