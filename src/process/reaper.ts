import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { backoffMs } from './backoff.js'
import { OwnedResources, type OwnedResource, type ReaperMessage } from './owned-resources.js'

/** Pauses before a reaper that failed is started again; the first time, it is started at once. */
const restart = { firstMs: 50, maxMs: 30_000 }
/** A reaper that ran for this many milliseconds has not failed to start, whatever ended it. */
const provenAfterMs = 10_000
/** So many failures in a row are worth a warning. */
const warnAfter = 5

const owned = new OwnedResources()
let reaper: ChildProcess | undefined
let retry: NodeJS.Timeout | undefined
let failures = 0

/**
 * Has the reaper end or remove the resource once this process is gone, however it ends. The reaper is a child process that
 * is started with the first registration, and again if it ends early. If it fails several times in a row, this process
 * emits a warning (`process.on('warning')`); Node prints it to standard error.
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
  else if (retry === undefined) startReaper()
}

function startReaper(): void {
  retry = undefined
  if (owned.isEmpty) return
  const startedAt = performance.now()
  try {
    reaper = spawnReaper(problem => failed(problem, performance.now() - startedAt))
    for (const resource of owned.all) send(reaper, { type: 'register', resource })
  } catch (error) {
    failed(String(error), 0)
  }
}

/** @param onEnd - called once, with how it ended or why it could not be started */
function spawnReaper(onEnd: (problem: string) => void): ChildProcess {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./reaper-main.js', import.meta.url))], {
    detached: true,
    // Nothing inherited: readers of this process's output must not have to wait for the reaper's end.
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  })
  child.unref()
  const end = (problem: string): void => {
    if (reaper === child) onEnd(problem)
  }
  child.once('exit', (code, signal) => end(`ended with ${code ?? signal}`))
  // An 'error' event without a pid means that it was never started: no 'exit' will follow.
  child.on('error', error => {
    if (child.pid === undefined) end(error.message)
  })
  child.stdin?.on('error', () => {})
  return child
}

function failed(problem: string, ranMs: number): void {
  reaper = undefined
  failures = ranMs < provenAfterMs ? failures + 1 : 1
  if (failures === warnAfter) process.emitWarning(describeFailure(problem), 'BatonWarning')
  // Must not keep its owner alive.
  retry = setTimeout(startReaper, backoffMs(failures - 1, restart)).unref()
}

function describeFailure(problem: string): string {
  const [groups, folders] = [owned.groups.length, owned.paths('directory').length]
  return (
    `the process that cleans up after this one failed ${warnAfter} times in a row (last: ${problem}). Until it runs, a kill ` +
    `of process ${process.pid} leaves these behind: process groups: ${groups}, folders: ${folders}`
  )
}

function send(child: ChildProcess, message: ReaperMessage): void {
  child.stdin?.write(`${JSON.stringify(message)}\n`)
}
