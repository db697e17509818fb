import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Project } from '../baton-cli.js'

export interface ProcessInfo {
  pid: number
  parent: number
  command: string
}

/** Milliseconds until everything that a killed process leaves must be gone, as docs/architecture.md promises. */
const goneWithinMs = 10_000
const askEveryMs = 50

/** Returns all descendants of a process. */
export function processesBelow(pid: number): ProcessInfo[] {
  const all = allProcesses()
  const below = (parent: number): ProcessInfo[] =>
    all.filter(process => process.parent === parent).flatMap(process => [process, ...below(process.pid)])
  return below(pid)
}

/**
 * Returns the only descendant of a process whose command line matches.
 * @throws if there is none, or more than one
 */
export function processBelow(pid: number, command: RegExp): ProcessInfo {
  const below = processesBelow(pid)
  const fitting = below.filter(process => command.test(process.command))
  const [found, ...others] = fitting.filter(process => !fitting.some(other => isForkOf(process, other)))
  if (found && others.length === 0) return found
  const known = below.map(process => `${process.pid} ${process.command.slice(0, 150)}`).join('\n')
  throw new Error(`${found ? 'several processes are' : 'no process is'} ${String(command)} below ${pid}:\n${known}`)
}

/** A child has its parent's command line until it executes another program, which takes a while on a busy machine. */
function isForkOf(child: ProcessInfo, { pid, command }: ProcessInfo): boolean {
  return child.parent === pid && child.command === command
}

/** Command lines, beneath a process of `baton`. The browser itself is the one without a `--type`. */
export const commands = {
  host: /main\.js host /,
  appium: /appium-main\.js/,
  worker: /worker-main\.js/,
  redis: /redis-server/,
  chromedriver: /^\S*chromedriver /,
  browser: /^(?!.*--type=)\S*chrom(e|ium) .*--user-data-dir=/,
}

/**
 * Waits until no process and no temporary file of a project is left.
 * @throws AssertionError naming what is left after 10 s
 */
export async function assertNothingLeft(project: Project): Promise<void> {
  const deadline = Date.now() + goneWithinMs
  for (;;) {
    const left = [...processesOf(project.directory), ...readdirSync(project.temporary)]
    if (left.length === 0) return
    if (Date.now() > deadline) assert.deepEqual(left, [], `left behind after ${goneWithinMs} ms`)
    // Not our children, so their end is not reported.
    await delay(askEveryMs)
  }
}

function allProcesses(): ProcessInfo[] {
  const text = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
  return text.split('\n').flatMap(line => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }]
  })
}

/** Processes with a folder as working directory or in their arguments, including orphans. Zombies don't count. */
function processesOf(directory: string): string[] {
  if (!existsSync('/proc/self/environ')) return processesNaming(directory)
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  return pids.flatMap(pid => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      const known = [command, readlinkSync(`/proc/${pid}/cwd`), readFileSync(`/proc/${pid}/environ`, 'utf8')]
      return known.some(text => text.includes(directory)) ? [`${pid} ${command}`] : []
    } catch {
      return [] // it ended meanwhile, or is another user's
    }
  })
}

function processesNaming(directory: string): string[] {
  return allProcesses().flatMap(({ pid, command }) => (command.includes(directory) ? [`${pid} ${command}`] : []))
}
