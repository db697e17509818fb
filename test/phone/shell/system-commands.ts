import { setTimeout as delay } from 'node:timers/promises'
import { text } from 'node:stream/consumers'
import { renderScreen } from '../screen/render.js'
import { fileModes } from '../system/files.js'
import { zoneTime } from '../system/zone-time.js'
import { fileAt } from './file-commands.js'
import { CommandFailure, type Command } from './shell-io.js'

const echo: Command = ({ args, io }) => {
  io.out(args[0] === '-n' ? args.slice(1).join(' ') : `${args.join(' ')}\n`)
  return 0
}

const getprop: Command = ({ phone, args, io }) => {
  const [name, fallback = ''] = args
  if (name !== undefined) io.out(`${phone.properties.get(name) || fallback}\n`)
  else
    io.out(
      phone.properties
        .list()
        .map(([name, value]) => `[${name}]: [${value}]\n`)
        .join(''),
    )
  return 0
}

/** Only the system may set these properties, e.g. the time zone. */
const setprop: Command = ({ phone, args }) => {
  const [name = '', value = ''] = args
  if (!/^(debug|log|persist\.log)\./.test(name))
    throw new CommandFailure(`Failed to set property '${name}' to '${value}'.`)
  phone.properties.set(name, value)
  return 0
}

const ps: Command = ({ phone, args, io }) => {
  if (args.includes('--help')) {
    io.out('usage: ps [-AadefLlnwZ] [-gG GROUP,] [-k FIELD,]\n\n-A\tAll\n-e\tSynonym for -A\n')
    return 0
  }
  io.out('USER           PID  PPID     VSZ    RSS WCHAN            ADDR S NAME\n')
  for (const { user, pid, name } of phone.processes.list()) {
    io.out(`${user.padEnd(12)} ${String(pid).padStart(5)}     1  100000  50000 0                   0 S ${name}\n`)
  }
  return 0
}

const pidof: Command = ({ phone, args, io }) => {
  const pids = args.flatMap(name => phone.processes.named(name)).map(({ pid }) => pid)
  if (pids.length > 0) io.out(`${pids.join(' ')}\n`)
  return pids.length > 0 ? 0 : 1
}

const kill: Command = ({ phone, args }) => {
  for (const pid of args.filter(arg => /^\d+$/.test(arg))) {
    if (!phone.processes.end(Number(pid))) throw new CommandFailure(`/system/bin/sh: kill: ${pid}: No such process`)
  }
  return 0
}

/** `pkill [-l] [-SIGNAL] [-f] NAME`: every signal ends the process. */
const pkill: Command = ({ phone, args }) => {
  const name = args.at(-1) ?? ''
  const hit = phone.processes.named(name)
  phone.processes.endNamed(name)
  return hit.length > 0 ? 0 : 1
}

const date: Command = ({ phone, args, io }) => {
  const ms = phone.nowMs
  const zone = zoneTime(ms, args.includes('-u') ? 'UTC' : phone.properties.get('persist.sys.timezone') || 'UTC')
  const { year, month, day, hour, minute, second, milli, offset } = zone
  const parts: Record<string, string> = {
    Y: year,
    m: month,
    d: day,
    H: hour,
    M: minute,
    S: second,
    z: offset,
    s: String(Math.floor(ms / 1000)),
    N: `${milli}000000`,
    '3N': milli,
    T: `${hour}:${minute}:${second}`,
    F: `${year}-${month}-${day}`,
  }
  const format = args.find(arg => arg.startsWith('+'))?.slice(1) ?? '%F %T %z'
  io.out(`${format.replace(/%(3N|.)/g, (whole, name: string) => parts[name] ?? whole)}\n`)
  return 0
}

const sleep: Command = async ({ args, io }) => {
  await delay(Number(args[0]) * 1000, undefined, { signal: io.signal }).catch(() => {})
  return 0
}

const grep: Command = async ({ phone, args, io }) => {
  const options = args.filter(arg => arg.startsWith('-')).join('')
  const [regex = '', file] = args.filter(arg => !arg.startsWith('-'))
  const pattern = new RegExp(regex, options.includes('i') ? 'i' : '')
  const content = file === undefined ? await text(io.stdin) : fileAt(phone, 'grep', file).content?.toString()
  const lines = (content ?? '').split('\n').slice(0, -1)
  const found = lines.filter(line => pattern.test(line) !== options.includes('v'))
  if (options.includes('c')) io.out(`${found.length}\n`)
  else if (!options.includes('q')) io.out(found.map(line => `${line}\n`).join(''))
  return found.length > 0 ? 0 : 1
}

const screencap: Command = ({ phone, args, io }) => {
  const file = args.find(arg => arg.startsWith('/'))
  const content = renderScreen(phone.view())
  if (file === undefined) io.out(content)
  else phone.files.write(file, { content, mode: fileModes.file | 0o644, mtimeMs: phone.nowMs })
  return 0
}

const reboot: Command = ({ phone }) => {
  phone.reboot()
  return 0
}

const service: Command = ({ phone, args, io }) => {
  const [verb, name, , , zone] = args
  if (verb === 'call' && name === 'alarm' && zone) phone.properties.set('persist.sys.timezone', zone)
  io.out(
    verb === 'check'
      ? `Service ${name}: ${phone.bootCompleted ? 'found' : 'not found'}\n`
      : 'Result: Parcel(00000000)\n',
  )
  return 0
}

const svc: Command = ({ phone, args }) => {
  const keys: Record<string, string> = { wifi: 'wifi_on', data: 'mobile_data' }
  const [what = '', state] = args
  const key = keys[what]
  if (what === 'power' && state === 'stayon')
    phone.settings.put('global', 'stay_on_while_plugged_in', args[2] === 'false' ? '0' : '7')
  if (what === 'power' && state === 'reboot') phone.reboot()
  if (key !== undefined) phone.settings.put('global', key, state === 'enable' ? '1' : '0')
  return 0
}

const ime: Command = ({ phone, args, io }) => {
  const current = phone.settings.get('secure', 'default_input_method') ?? ''
  if (args[0] === 'list') io.out(`${current}:\n`)
  if (args[0] === 'set') phone.settings.put('secure', 'default_input_method', args[1] ?? '')
  return 0
}

const locksettings: Command = ({ phone, args, io }) => {
  const old = args.includes('--old') ? args[args.indexOf('--old') + 1] : ''
  const [verb = ''] = args
  switch (verb) {
    case 'verify':
      io.out(
        old === phone.behavior.pin ? 'Lock credential verified successfully\n' : `Old password '${old}' didn't match\n`,
      )
      return 0
    case 'get-disabled':
      io.out(`${phone.behavior.pin === ''}\n`)
      return 0
    case 'clear':
      if (old !== phone.behavior.pin) throw new CommandFailure(`Old password '${old}' didn't match`)
      phone.set({ pin: '' })
      io.out('Lock credential cleared\n')
      return 0
    case 'set-pin':
      phone.set({ pin: args.at(-1) ?? '' })
      io.out(`Pin set to '${phone.behavior.pin}'\n`)
      return 0
    default:
      return 0
  }
}

const uptime: Command = ({ phone, io }) => {
  io.out(` up ${Math.floor(phone.uptimeMs / 60_000)} min,  0 users\n`)
  return 0
}

const saying =
  (words: string): Command =>
  ({ io }) => {
    io.out(words)
    return 0
  }

const which: Command = ({ args, io }) => {
  io.out(`/system/bin/${args[0]}\n`)
  return 0
}

export const systemCommands: Record<string, Command> = {
  ':': () => 0,
  true: () => 0,
  false: () => 1,
  export: () => 0,
  appops: () => 0,
  echo,
  getprop,
  setprop,
  ps,
  pidof,
  kill,
  pkill,
  killall: pkill,
  pgrep: pidof,
  date,
  sleep,
  grep,
  screencap,
  reboot,
  service,
  svc,
  ime,
  locksettings,
  uptime,
  which,
  whoami: saying('shell\n'),
  id: saying('uid=2000(shell) gid=2000(shell)\n'),
}
