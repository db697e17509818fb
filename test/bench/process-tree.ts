import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** The kernel counts time in hundredths of a second, on every Linux. */
const msPerTick = 10

interface ProcessTimes {
  pid: number
  parent: number
  /** Milliseconds of processor time of the process itself. */
  ownMs: number
  /** The same for its ended children, and theirs. */
  endedMs: number
}

/**
 * Milliseconds of processor time that all descendants of this process have used so far, including ended ones; undefined if
 * the system has no /proc. Orphaned processes are not counted.
 */
export function cpuMsBelow(): number | undefined {
  const all = processTimes()
  if (!all) return undefined
  const below = (parent: number): number =>
    all
      .filter(process => process.parent === parent)
      .reduce((sum, { pid, ownMs, endedMs }) => sum + ownMs + endedMs + below(pid), 0)
  const ended = all.find(({ pid }) => pid === process.pid)?.endedMs ?? 0
  return ended + below(process.pid)
}

function processTimes(): ProcessTimes[] | undefined {
  if (process.platform !== 'linux') return undefined
  return readdirSync('/proc').flatMap(name => {
    if (!/^\d+$/.test(name)) return []
    try {
      return [parseStat(Number(name), readFileSync(`/proc/${name}/stat`, 'utf8'))]
    } catch {
      return [] // it ended meanwhile
    }
  })
}

/** proc(5): the name, in parentheses, may hold anything; counted from behind it, the parent is the second field. */
export function parseStat(pid: number, text: string): ProcessTimes {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [user, system, endedUser, endedSystem] = fields.slice(11, 15).map(Number)
  return {
    pid,
    parent: Number(fields[1]),
    ownMs: ((user ?? 0) + (system ?? 0)) * msPerTick,
    endedMs: ((endedUser ?? 0) + (endedSystem ?? 0)) * msPerTick,
  }
}

export interface ResidentProcess {
  pid: number
  command: string
  /** Resident megabytes, shared pages included. */
  megabytes: number
}

/** Returns all descendants of a process, with their memory. */
export function residentBelow(root: number): ResidentProcess[] {
  const text = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,rss=,args='], { encoding: 'utf8' })
  const all = text.split('\n').flatMap(line => {
    const [, pid, parent, kilobytes, command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    if (command === undefined) return []
    return [{ pid: Number(pid), parent: Number(parent), command, megabytes: Number(kilobytes) / 1024 }]
  })
  const below = (parent: number): ResidentProcess[] =>
    all
      .filter(process => process.parent === parent)
      .flatMap(({ pid, command, megabytes }) => [{ pid, command, megabytes }, ...below(pid)])
  return below(root)
}
