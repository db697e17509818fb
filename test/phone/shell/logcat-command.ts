import type { LogBuffer, LogEntry, LogPriority } from '../system/logcat.js'
import { zoneTime } from '../system/zone-time.js'
import { CommandFailure, type Command } from './shell-io.js'

const priorities = 'VDIWEFS'
const allBuffers: LogBuffer[] = ['main', 'system', 'crash', 'events', 'radio', 'kernel']
const defaultBuffers: LogBuffer[] = ['main', 'system', 'crash', 'kernel']

interface Options {
  clear: boolean
  /** Prints the buffer and ends. */
  dump: boolean
  buffers: LogBuffer[]
  formats: string[]
  /** `-t` and `-T`: the last lines, or those since a time. */
  last: number | undefined
  since: string | undefined
  pid: number | undefined
  /** Lowest priority by tag; `*` applies to all others. */
  specs: Map<string, LogPriority | 'S'>
}

/** `logcat [-c|-d] [-b BUFFER] [-v FORMAT] [-t|-T COUNT|TIME] [--pid=PID] [TAG:PRIORITY …]` */
export const logcat: Command = async ({ phone, args, io }) => {
  const options = parse(args)
  const zone = phone.properties.get('persist.sys.timezone') || 'UTC'
  if (options.clear) {
    phone.logcat.clear()
    return 0
  }
  const passes = filterOf(options)
  let entries = phone.logcat.entries().filter(passes)
  if (options.since !== undefined) entries = entries.filter(entry => isSince(entry, options.since ?? '', zone))
  if (options.last !== undefined) entries = entries.slice(-options.last)
  // Readers wait for this first line, even if the log is empty.
  io.out('--------- beginning of main\n')
  for (const entry of entries) io.out(format(entry, options.formats, zone))
  if (options.dump || io.signal.aborted) return 0
  await new Promise<void>(resolve => {
    const stop = phone.logcat.follow(entry => {
      if (passes(entry)) io.out(format(entry, options.formats, zone))
    })
    const pid = phone.processes.start('logcat', 'shell', end)
    io.signal.addEventListener('abort', () => phone.processes.end(pid), { once: true })
    function end(): void {
      stop()
      resolve()
    }
  })
  return 0
}

function parse(args: readonly string[]): Options {
  const options: Options = {
    clear: false,
    dump: false,
    buffers: [],
    formats: [],
    last: undefined,
    since: undefined,
    pid: undefined,
    specs: new Map(),
  }
  for (let at = 0; at < args.length; at++) {
    const [, short, long] = /^-([vbtT])(.+)$/.exec(args[at]!) ?? []
    const arg = short === undefined ? args[at]! : `-${short}`
    const value = (): string => long ?? args[++at] ?? ''
    if (arg === '-c') options.clear = true
    else if (arg === '-d') options.dump = true
    else if (arg === '-B') throw new CommandFailure('logcat: no binary output on this phone')
    else if (arg === '-s') options.specs.set('*', 'S')
    else if (arg === '-v') options.formats.push(...value().split(','))
    else if (arg === '-b') options.buffers.push(...buffersOf(value()))
    else if (arg === '-t' || arg === '-T') {
      const count = value()
      if (/^\d+$/.test(count)) options.last = Number(count)
      else options.since = count
      options.dump ||= arg === '-t'
    } else if (arg.startsWith('--pid')) options.pid = Number(arg.split('=')[1] ?? value())
    else if (!arg.startsWith('-')) {
      const [tag = '*', priority = 'V'] = arg.split(':')
      options.specs.set(tag, priority.toUpperCase() as LogPriority)
    }
  }
  return options
}

function buffersOf(value: string): LogBuffer[] {
  const names = value.split(',')
  return allBuffers.filter(
    buffer =>
      names.includes('all') || names.includes(buffer) || (names.includes('default') && defaultBuffers.includes(buffer)),
  )
}

function filterOf({ buffers, pid, specs }: Options): (entry: LogEntry) => boolean {
  const chosen = buffers.length > 0 ? buffers : defaultBuffers
  return entry => {
    const lowest = specs.get(entry.tag) ?? specs.get('*') ?? 'V'
    return (
      chosen.includes(entry.buffer) &&
      (pid === undefined || entry.pid === pid) &&
      priorities.indexOf(entry.priority) >= priorities.indexOf(lowest)
    )
  }
}

/** The argument of `-T`: `MM-DD hh:mm:ss.mmm` on the phone's own clock, or seconds since 1970. */
function isSince({ timeMs }: LogEntry, since: string, zone: string): boolean {
  if (/^\d+\.\d+$/.test(since)) return timeMs / 1000 >= Number(since)
  const { year, month, day, hour, minute, second, milli } = zoneTime(timeMs, zone)
  const written = `${month}-${day} ${hour}:${minute}:${second}.${milli}`
  return since.length > 18 ? `${year}-${written}` >= since : written >= since
}

function format(entry: LogEntry, formats: readonly string[], zone: string): string {
  const { pid, priority, tag, message } = entry
  if (formats.includes('raw')) return `${message}\n`
  if (formats.includes('brief')) return `${priority}/${tag.padEnd(8)}(${String(pid).padStart(5)}): ${message}\n`
  const time = formats.includes('epoch') ? epoch(entry, formats) : written(entry, formats, zone)
  if (formats.includes('time')) return `${time} ${priority}/${tag.padEnd(8)}(${String(pid).padStart(5)}): ${message}\n`
  const ids = `${String(pid).padStart(5)} ${String(pid).padStart(5)}`
  return `${time} ${ids} ${priority} ${tag.padEnd(8)}: ${message}\n`
}

function epoch({ timeMs }: LogEntry, formats: readonly string[]): string {
  return (timeMs / 1000).toFixed(formats.includes('usec') ? 6 : 3).padStart(19)
}

function written({ timeMs }: LogEntry, formats: readonly string[], zone: string): string {
  const { year, month, day, hour, minute, second, milli, offset } = zoneTime(
    timeMs,
    formats.includes('UTC') ? 'UTC' : zone,
  )
  const fraction = formats.includes('usec') ? `${milli}000` : milli
  const time = `${month}-${day} ${hour}:${minute}:${second}.${fraction}`
  return `${formats.includes('year') ? `${year}-` : ''}${time}${formats.includes('zone') || formats.includes('UTC') ? ` ${offset}` : ''}`
}
